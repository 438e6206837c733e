package io.fairlead.gateway;

import io.fairlead.gateway.listener.AcceptRampProperties;
import io.fairlead.gateway.listener.DrainProperties;
import io.fairlead.gateway.listener.ListenerProperties;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// The settings of the gateway.
///
/// @param bindAddress address that the listeners bind to. The default is reached from this machine alone
/// @param loops event loops, each with links of its own to every worker; 0 = half of the processors, at least
///     1. More spread the connections over more cores and cost links
/// @param maxFrameSize longest frame on links to workers and from native clients
/// @param heartbeatInterval silence on a link after which a heartbeat is sent; three missed ones end the link. Three
///     times as long to registries, ten times to clients on whose links nothing has been said for long
/// @param drainTimeout how long the gateway may take to leave, from the moment that it accepts no more connections;
///     calls that are in flight then are lost to their clients
/// @param drain how the connections are asked to end within that time
/// @param zone where this gateway runs, as its workers name theirs: workers of the same zone are preferred as
///     long as they have capacity. Empty = all alike
/// @param acceptRamp how fast each listener accepts connections after the start
/// @param listeners the ports by name
@ConfigurationProperties("fairlead.gateway")
public record GatewayProperties(
        @DefaultValue("127.0.0.1") String bindAddress,
        @DefaultValue("0") int loops,
        @DefaultValue("4MB") DataSize maxFrameSize,
        @DefaultValue("1s") Duration heartbeatInterval,
        @DefaultValue("20s") Duration drainTimeout,
        @DefaultValue DrainProperties drain,
        @DefaultValue("") String zone,
        @DefaultValue AcceptRampProperties acceptRamp,
        @DefaultValue Map<String, ListenerProperties> listeners) {
    private static final int MAX_LOOPS = 256;

    /// @throws IllegalArgumentException if a value is out of its bounds, or a listener's messages would not fit
    ///     a frame
    public GatewayProperties {
        if (loops < 0 || loops > MAX_LOOPS) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.loops: " + loops + " (expected: 0 to " + MAX_LOOPS + ")");
        }
        if (drain.window().compareTo(drainTimeout) > 0) {
            throw new IllegalArgumentException("fairlead.gateway.drain.window: " + drain.window()
                    + " (expected: at most fairlead.gateway.drain-timeout, " + drainTimeout + ")");
        }
        listeners = Map.copyOf(listeners);
        listeners.forEach((name, listener) -> {
            if (listener.maxMessageSize().toBytes() + 4096 > maxFrameSize.toBytes()) {
                throw new IllegalArgumentException("fairlead.gateway.listeners." + name + ".max-message-size: "
                        + listener.maxMessageSize()
                        + " (expected: at least 4 KB less than fairlead.gateway.max-frame-size "
                        + maxFrameSize + ", since the message travels in a frame)");
            }
        });
    }

    int loopsOrDefault() {
        return loops > 0 ? loops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }
}
