package io.fairlead.benchmarks.naive;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorSupport;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessagingException;

/// What our protocol asks of a connection to a worker: HELLO before the first request, PONG for PING, ids that go up.
///
/// `send` is called by the thread of one request at a time, because a pooled connection carries one request at a time;
/// `onMessage` by the connection's reader.
final class WorkerHandshake extends TcpConnectionInterceptorSupport {
    private static final long HELLO_LIMIT_SECONDS = 5;

    private final CountDownLatch greeted = new CountDownLatch(1);
    private boolean helloSent;
    private long lastId;
    private volatile long clientId;

    WorkerHandshake(ApplicationEventPublisher events) {
        super(events);
    }

    @Override
    public void send(Message<?> message) {
        if (!helloSent) {
            helloSent = true;
            super.send(MessageBuilder.withPayload(NaiveFrames.hello()).build());
            awaitHello();
        }
        // A copy: when this worker fails, the same message goes to the other one with the client's id.
        byte[] frame = ((byte[]) message.getPayload()).clone();
        clientId = NaiveFrames.id(frame);
        NaiveFrames.setId(frame, ++lastId);
        super.send(MessageBuilder.withPayload(frame).build());
    }

    private void awaitHello() {
        try {
            if (!greeted.await(HELLO_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new MessagingException("worker's HELLO: none within " + HELLO_LIMIT_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MessagingException("interrupted while waiting for the worker's HELLO", e);
        }
    }

    @Override
    public void onMessage(Message<?> message) {
        if (!(message.getPayload() instanceof byte[] frame)) {
            super.onMessage(message); // an ErrorMessage: the connection broke
            return;
        }
        switch (NaiveFrames.type(frame)) {
            case NaiveFrames.HELLO -> greeted.countDown();
            case NaiveFrames.PING ->
                super.send(MessageBuilder.withPayload(NaiveFrames.pong(frame)).build());
            case NaiveFrames.PONG, NaiveFrames.GOAWAY -> {}
            default -> {
                NaiveFrames.setId(frame, clientId);
                super.onMessage(message);
            }
        }
    }
}
