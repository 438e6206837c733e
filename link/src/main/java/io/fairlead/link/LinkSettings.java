package io.fairlead.link;

import io.fairlead.wire.Frames;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How links behave. Start from [#of] and change what differs.
///
/// @param role of this process in HELLO: `client`, `gateway`, `worker` or `registry`
/// @param name of this process, for people
/// @param heartbeatInterval silence after which a PING is sent; two of them make a peer suspect, three end the link.
///     Shorter finds a cut sooner and costs packets on idle links. 10 ms to 1 min
/// @param maxFrameBytes longest frame accepted, in bytes without its length field
/// @param helloTimeout how long the other's HELLO may take
/// @param connectTimeout how long a TCP connect may take
/// @param slowReaderTimeout how long the peer may leave data unread before it loses the connection
/// @param writeBufferHighBytes bytes waiting to be sent above which [Link#isWritable] turns false; it turns true again
///     below a quarter of it
/// @param backoffMin the first reconnect waits a random time up to this (full jitter), each further one up to twice as
///     long as the one before
/// @param backoffMax longest wait before a reconnect
/// @param maxConnections most connections of a server at a time; beyond it no more are accepted until one ends
/// @param sslContext TLS of a server or a connector; null = plain
/// @param secret that the other side of a link has to prove it knows, whichever side opened it; null = whoever speaks
///     the protocol is believed. Neither encrypts nor protects against who can put himself between the two, as TLS
///     does: see [LinkSecret]
public record LinkSettings(
        String role,
        String name,
        Duration heartbeatInterval,
        int maxFrameBytes,
        Duration helloTimeout,
        Duration connectTimeout,
        Duration slowReaderTimeout,
        int writeBufferHighBytes,
        Duration backoffMin,
        Duration backoffMax,
        int maxConnections,
        @Nullable SslContext sslContext,
        @Nullable LinkSecret secret) {

    /// The longest heartbeat interval.
    public static final Duration MAX_HEARTBEAT_INTERVAL = Duration.ofMinutes(1);

    private static final Duration MIN_HEARTBEAT_INTERVAL = Duration.ofMillis(10);
    private static final int QUEUED_WATER_MARKS = 64;

    /// @throws IllegalArgumentException if a value is out of its bounds
    public LinkSettings {
        checkedInterval(heartbeatInterval);
        require(maxFrameBytes >= 1024 && maxFrameBytes <= 1 << 30, "maxFrameBytes", maxFrameBytes, "1024 to 1 GiB");
        require(helloTimeout.isPositive(), "helloTimeout", helloTimeout, "above 0");
        require(connectTimeout.isPositive(), "connectTimeout", connectTimeout, "above 0");
        require(slowReaderTimeout.isPositive(), "slowReaderTimeout", slowReaderTimeout, "above 0");
        require(writeBufferHighBytes >= 4096, "writeBufferHighBytes", writeBufferHighBytes, "at least 4096");
        require(backoffMin.isPositive(), "backoffMin", backoffMin, "above 0");
        require(backoffMax.compareTo(backoffMin) >= 0, "backoffMax", backoffMax, "at least backoffMin " + backoffMin);
        require(maxConnections >= 1, "maxConnections", maxConnections, "at least 1");
    }

    /// The defaults, for a process of this role and name.
    public static LinkSettings of(String role, String name) {
        return new LinkSettings(
                role,
                name,
                Duration.ofSeconds(1),
                Frames.DEFAULT_MAX_LENGTH,
                Duration.ofSeconds(5),
                Duration.ofSeconds(3),
                Duration.ofSeconds(10),
                1024 * 1024,
                Duration.ofMillis(50),
                Duration.ofSeconds(2),
                10_000,
                null,
                null);
    }

    /// Bytes waiting to be sent at which a link is given up: sources pause long before, at [#writeBufferHighBytes].
    public int maxQueuedBytes() {
        return (int) Math.min(Integer.MAX_VALUE, (long) QUEUED_WATER_MARKS * writeBufferHighBytes);
    }

    /// These settings with another heartbeat interval.
    public LinkSettings withHeartbeatInterval(Duration interval) {
        return with(interval, maxFrameBytes, maxConnections, sslContext, secret);
    }

    /// These settings with another frame limit, in bytes.
    public LinkSettings withMaxFrameBytes(int bytes) {
        return with(heartbeatInterval, bytes, maxConnections, sslContext, secret);
    }

    /// These settings with another connection limit.
    public LinkSettings withMaxConnections(int connections) {
        return with(heartbeatInterval, maxFrameBytes, connections, sslContext, secret);
    }

    /// These settings with TLS, or with null without.
    public LinkSettings withSslContext(@Nullable SslContext context) {
        return with(heartbeatInterval, maxFrameBytes, maxConnections, context, secret);
    }

    /// These settings with a secret, or with null without.
    public LinkSettings withSecret(@Nullable LinkSecret shared) {
        return with(heartbeatInterval, maxFrameBytes, maxConnections, sslContext, shared);
    }

    private LinkSettings with(
            Duration heartbeat,
            int frameBytes,
            int connections,
            @Nullable SslContext context,
            @Nullable LinkSecret shared) {
        return new LinkSettings(
                role,
                name,
                heartbeat,
                frameBytes,
                helloTimeout,
                connectTimeout,
                slowReaderTimeout,
                writeBufferHighBytes,
                backoffMin,
                backoffMax,
                connections,
                context,
                shared);
    }

    static Duration checkedInterval(Duration heartbeatInterval) {
        require(
                heartbeatInterval.compareTo(MIN_HEARTBEAT_INTERVAL) >= 0
                        && heartbeatInterval.compareTo(MAX_HEARTBEAT_INTERVAL) <= 0,
                "heartbeatInterval",
                heartbeatInterval,
                "10 ms to 1 min");
        return heartbeatInterval;
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
