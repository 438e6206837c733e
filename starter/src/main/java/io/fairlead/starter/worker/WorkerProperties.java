package io.fairlead.starter.worker;

import io.fairlead.starter.FairleadStartException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of the worker, for an application that has a `@FairleadService`.
///
/// @param enabled whether to listen, register and answer calls. False keeps an application with services from being a
///     worker, for example in a test.
/// @param bindAddress address to listen at for links. 0.0.0.0 takes links from everywhere.
/// @param port port to listen at, 0 to 65535. 0 = any free one.
/// @param advertisedHost host under which gateways reach this worker. Default: the bind address, or the first
///     site-local address of this machine if that is a wildcard.
/// @param zone where this worker runs, for gateways that prefer their own zone. Empty = unknown.
/// @param weight share of the calls beside other workers, 1 to 1000. 200 gets twice as many as 100.
/// @param concurrency how many calls are taken at a time. fixed: max-concurrency. adaptive: as many as the
///     handlers bear before they get slower, found out from how long they take, at most max-concurrency; for
///     handlers that take about as long as each other.
/// @param maxConcurrency most calls at a time; further ones are refused at once, so that gateways send them elsewhere.
///     Calls of normal priority may take 95 % of them, low ones 80 %.
///     Higher takes more memory and load on what the handlers use, lower refuses more in bursts. 1 to 1000000.
/// @param loops event loops for links, 1 to 64. One serves tens of thousands of calls a second; handlers do not run on
///     them.
/// @param drainTimeout how long calls in progress may take to finish on shutdown. Longer loses fewer slow calls,
///     shorter stops sooner. Keep it below what the platform grants a process to end (Kubernetes: 30s).
/// @param maxFrameSize longest message, 1KB to 1GB. Higher lets a single message take more memory.
/// @param heartbeat silence on a link after which a heartbeat is sent, 10ms to 1m; after three the link ends. Shorter
///     finds a dead peer sooner and costs packets on idle links. Links to registries: three times as long.
/// @param maxConnections most links at a time, from gateways and clients. 1 to 1000000.
/// @param ssl encryption of the links that come in.
/// @since 0.1
@ConfigurationProperties("fairlead.worker")
public record WorkerProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("127.0.0.1") String bindAddress,
        @DefaultValue("7600") int port,
        @Nullable String advertisedHost,
        @DefaultValue("") String zone,
        @DefaultValue("100") int weight,
        @DefaultValue("fixed") Concurrency concurrency,
        @DefaultValue("1024") int maxConcurrency,
        @DefaultValue("1") int loops,
        @DefaultValue("20s") Duration drainTimeout,
        @DefaultValue("4MB") DataSize maxFrameSize,
        @DefaultValue("1s") Duration heartbeat,
        @DefaultValue("10000") int maxConnections,
        @DefaultValue Ssl ssl) {

    /// @throws FairleadStartException if a value is out of its bounds
    public WorkerProperties {
        range("port", port, 0, 65_535);
        range("weight", weight, 1, 1_000);
        range("max-concurrency", maxConcurrency, 1, 1_000_000);
        range("loops", loops, 1, 64);
        range("max-connections", maxConnections, 1, 1_000_000);
        require(!drainTimeout.isNegative(), "drain-timeout", drainTimeout, "0 or more");
        require(
                maxFrameSize.toBytes() >= 1024 && maxFrameSize.toBytes() <= 1 << 30,
                "max-frame-size",
                maxFrameSize,
                "1KB to 1GB");
        require(
                heartbeat.compareTo(Duration.ofMillis(10)) >= 0 && heartbeat.compareTo(Duration.ofMinutes(1)) <= 0,
                "heartbeat",
                heartbeat,
                "10ms to 1m");
        require(!bindAddress.isBlank(), "bind-address", "''", "an address or host name");
        require(zone.length() <= 128, "zone", zone, "at most 128 characters");
    }

    private static void range(String name, int value, int min, int max) {
        require(value >= min && value <= max, name, value, min + " to " + max);
    }

    private static void require(boolean ok, String name, Object value, String expected) {
        if (!ok) {
            throw FairleadStartException.property("fairlead.worker." + name, value, expected);
        }
    }

    /// Who says how many calls are taken at a time.
    public enum Concurrency {
        /// The settings.
        FIXED,
        /// How long handlers take.
        ADAPTIVE
    }

    /// Encryption of links.
    ///
    /// @param bundle name of the SSL bundle (`spring.ssl.bundle.*`) whose key this worker shows. Links are plain if
    ///     it is not set.
    public record Ssl(@Nullable String bundle) {}
}
