package io.fairlead.benchmarks.durable;

import io.fairlead.benchmarks.load.LoadOptions;
import io.fairlead.benchmarks.load.Measurement;
import io.fairlead.benchmarks.load.Peer;
import io.fairlead.benchmarks.load.Window;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;

/// JetStream's file store with acknowledgements, published without waiting: one connection with all messages in flight.
final class JetStreamPeer implements Peer {
    private static final String STREAM = "messages";

    private final Connection connection;
    private final JetStreamManagement management;

    JetStreamPeer(int port) throws Exception {
        connection = Nats.connect("nats://127.0.0.1:" + port);
        management = connection.jetStreamManagement();
        if (management.getStreamNames().contains(STREAM)) {
            management.deleteStream(STREAM);
        }
        management.addStream(StreamConfiguration.builder()
                .name(STREAM)
                .subjects(STREAM)
                .storageType(StorageType.File)
                .build());
    }

    @Override
    public void run(LoadOptions load, byte[] payload, Measurement measurement) throws Exception {
        JetStream stream = connection.jetStream();
        Window window = new Window(load.window());
        window.run(measurement, () -> {
            long sentNanos = measurement.send();
            stream.publishAsync(STREAM, payload).whenComplete((acknowledgement, failure) -> {
                if (failure == null) {
                    measurement.answered(sentNanos);
                } else {
                    measurement.failed(failure);
                }
                window.free();
            });
        });
    }

    @Override
    public void close() throws Exception {
        management.deleteStream(STREAM);
        connection.close();
    }
}
