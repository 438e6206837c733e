package io.fairlead.benchmarks.durable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import io.fairlead.benchmarks.load.LoadOptions;
import io.fairlead.benchmarks.load.Measurement;
import io.fairlead.benchmarks.load.Peer;
import io.fairlead.benchmarks.load.Window;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// A quorum queue with publisher confirms: one connection and one channel with all messages in flight, as RabbitMQ's
/// guide to confirms advises.
final class RabbitPeer implements Peer {
    private static final String QUEUE = "messages";

    private final Connection connection;
    private final Channel channel;

    RabbitPeer(int port) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        connection = factory.newConnection();
        channel = connection.createChannel();
        channel.queueDelete(QUEUE);
        channel.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
        channel.confirmSelect();
    }

    @Override
    public void run(LoadOptions load, byte[] payload, Measurement measurement) throws Exception {
        Window window = new Window(load.window());
        ConcurrentNavigableMap<Long, Long> inFlight = new ConcurrentSkipListMap<>();
        channel.addConfirmListener(
                (tag, multiple) -> taken(inFlight, tag, multiple).values().removeIf(sentNanos -> {
                    measurement.answered(sentNanos);
                    window.free();
                    return true;
                }),
                (tag, multiple) -> taken(inFlight, tag, multiple).values().removeIf(sentNanos -> {
                    measurement.failed(new IOException("RabbitMQ refused a message"));
                    window.free();
                    return true;
                }));
        window.run(measurement, () -> {
            inFlight.put(channel.getNextPublishSeqNo(), measurement.send());
            channel.basicPublish("", QUEUE, MessageProperties.PERSISTENT_BASIC, payload);
        });
    }

    private static ConcurrentNavigableMap<Long, Long> taken(
            ConcurrentNavigableMap<Long, Long> inFlight, long tag, boolean multiple) {
        return multiple ? inFlight.headMap(tag, true) : inFlight.subMap(tag, true, tag, true);
    }

    @Override
    public void close() throws Exception {
        channel.queueDelete(QUEUE);
        connection.close();
    }
}
