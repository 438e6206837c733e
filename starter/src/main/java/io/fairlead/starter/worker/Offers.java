package io.fairlead.starter.worker;

import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tells gateways that ask this worker itself, rather than a registry, what it is: at once and after each change.
/// Thread-safe.
final class Offers {
    /// One for each gateway.
    private static final int MAX_STREAMS = 1_000;

    private final Set<IncomingCall> streams = ConcurrentHashMap.newKeySet();

    /// What is told; set before links are accepted.
    private volatile byte[] instance = {};

    private volatile boolean closed;

    /// It is so now.
    void changed(Instance now) {
        byte[] json = DiscoveryJson.write(now.withInFlight(0));
        instance = json;
        streams.forEach(stream -> stream.replyPart(json));
    }

    /// On the link's loop.
    void ask(IncomingCall call) {
        if (closed || instance.length == 0) {
            call.refuse(Status.UNAVAILABLE, "the worker starts or shuts down", Duration.ofSeconds(1));
        } else if (streams.size() >= MAX_STREAMS) {
            call.refuse(
                    Status.RESOURCE_EXHAUSTED,
                    "streams of offers: " + MAX_STREAMS + ", the limit; use a registry",
                    Duration.ofSeconds(10));
        } else {
            streams.add(call);
            call.onCancel(() -> {
                streams.remove(call);
                call.fail(Status.CANCELLED, "the stream of offers was cancelled");
            });
            // Behind the adding: a change meanwhile may be told twice, and is never missed.
            call.replyPart(instance);
            if (closed) {
                // It may have been added behind the closing of the others.
                end(call);
            }
        }
    }

    /// Ends all streams, so that links can drain.
    void close() {
        closed = true;
        streams.forEach(Offers::end);
        streams.clear();
    }

    private static void end(IncomingCall stream) {
        stream.fail(Status.UNAVAILABLE, "the worker shuts down");
    }
}
