package io.fairlead.systemtests.crash;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Foreign clients, each with one connection and one message on it at a time, as such clients are. Each has
/// some of the producer's keys in turn. After a closed connection or silence a client goes to the next gateway.
///
/// A virtual thread for each client.
final class ForeignProducer implements Producer {
    private static final int CONNECT_MILLIS = 1_000;
    private static final int READ_MILLIS = 5_000;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String name;
    private final Dialogue dialogue;
    private final int keys;
    private final SendLog log;
    private final Pace pace;
    private final List<String> gateways;
    private final int clients;
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicLong acknowledged = new AtomicLong();
    private final CountDownLatch running;
    private volatile boolean stopped;
    private volatile boolean closed;

    /// @param gateways addresses
    /// @param clients at least 1, at most as many as keys
    ForeignProducer(
            String name, Dialogue dialogue, int keys, SendLog log, Pace pace, List<String> gateways, int clients) {
        this.name = name;
        this.dialogue = dialogue;
        this.keys = keys;
        this.log = log;
        this.pace = pace;
        this.gateways = List.copyOf(gateways);
        this.clients = clients;
        this.running = new CountDownLatch(clients);
    }

    @Override
    public void start() {
        for (int i = 0; i < clients; i++) {
            Client client = new Client(i);
            Thread.ofVirtual().name(name + "-" + i).start(client);
        }
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public int outstanding() {
        return outstanding.get();
    }

    @Override
    public long acknowledged() {
        return acknowledged.get();
    }

    @Override
    public void close() {
        stopped = true;
        closed = true;
        try {
            if (!running.await(3L * READ_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(name + ": clients running: " + running.getCount() + " (expected: 0)");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.close();
    }

    private final class Client implements Runnable {
        private final int index;
        private int gateway;
        private @Nullable Socket socket;
        private @Nullable InputStream in;

        private Client(int index) {
            this.index = index;
            this.gateway = index % gateways.size();
        }

        @Override
        public void run() {
            try {
                for (int key = index; !stopped; key = key + clients < keys ? key + clients : index) {
                    pace.await();
                    if (!stopped) {
                        outstanding.incrementAndGet();
                        deliver(new Sent(name, numbers.getAndIncrement(), key));
                    }
                }
            } finally {
                hangUp();
                running.countDown();
            }
        }

        private void deliver(Sent sent) {
            for (boolean repeat = false; !closed; repeat = true) {
                if (attempt(sent, repeat)) {
                    outstanding.decrementAndGet();
                    return;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }

        private boolean attempt(Sent sent, boolean repeat) {
            try {
                Socket connection = connect();
                log.sent(sent, gateway);
                connection.getOutputStream().write(dialogue.framing().frame(dialogue.message(sent, repeat)));
                byte[] reply = dialogue.framing().read(input());
                if (reply == null) {
                    throw new SocketException("closed by the gateway");
                }
                return take(sent, dialogue.answer(sent, reply));
            } catch (IOException e) {
                log.notAcknowledged(sent, String.valueOf(e));
                hangUp();
                gateway = (gateway + 1) % gateways.size();
                return false;
            }
        }

        private boolean take(Sent sent, Dialogue.Answer answer) {
            switch (answer.meaning()) {
                case ACKNOWLEDGED -> {
                    log.acknowledged(sent, "");
                    acknowledged.incrementAndGet();
                    return true;
                }
                case REFUSED -> log.notAcknowledged(sent, answer.text());
                case WRONG -> {
                    log.wronglyAnswered(sent, answer.text());
                    hangUp();
                }
            }
            return false;
        }

        private Socket connect() throws IOException {
            Socket open = socket;
            if (open != null) {
                return open;
            }
            Socket fresh = new Socket();
            try {
                fresh.setTcpNoDelay(true);
                fresh.setSoTimeout(READ_MILLIS);
                fresh.connect(new InetSocketAddress(gateways.get(gateway), dialogue.port()), CONNECT_MILLIS);
                in = new BufferedInputStream(fresh.getInputStream());
            } catch (IOException e) {
                fresh.close();
                throw e;
            }
            socket = fresh;
            return fresh;
        }

        private InputStream input() throws IOException {
            InputStream open = in;
            if (open == null) {
                throw new IOException("not connected");
            }
            return open;
        }

        private void hangUp() {
            Socket open = socket;
            socket = null;
            in = null;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException e) {
                    throw new IllegalStateException("a socket cannot be closed", e);
                }
            }
        }
    }
}
