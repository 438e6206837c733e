package io.fairlead.benchmarks.durable;

import io.fairlead.benchmarks.load.Load;
import java.util.Map;

/// Load in a closed loop on what acknowledges durable messages: the next is sent when one is acknowledged.
final class DurableLoad {
    private DurableLoad() {}

    public static void main(String[] args) throws Exception {
        Load.run(args, Map.of("rabbitmq", RabbitPeer::new, "nats", JetStreamPeer::new, "postgres", PostgresPeer::new));
    }
}
