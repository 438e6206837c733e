package io.fairlead.integration.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What both factories can be told about their connections; set through [NettyTcpConnectionFactory]'s setters.
public final class ConnectionSettings {

    /// Bytes that a plain `Deserializer` may leave unread before a message is complete.
    static final int DEFAULT_MAX_REPLAY_BYTES = 1024 * 1024;

    /// Unsent bytes at which a connection is given up.
    static final int DEFAULT_MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

    static final Duration DEFAULT_SEND_TIMEOUT = Duration.ofSeconds(30);

    static final Duration DEFAULT_CLOSE_TIMEOUT = Duration.ofSeconds(5);

    @Nullable NettyTransport transport;

    @Nullable Consumer<ChannelPipeline> pipeline;

    @Nullable SslContext sslContext;

    @Nullable ProxyProtocol proxyProtocol;

    @Nullable Duration userTimeout;

    @Nullable ByteBufAllocator allocator;

    int maxBufferedBytes = DEFAULT_MAX_BUFFERED_BYTES;
    Duration sendTimeout = DEFAULT_SEND_TIMEOUT;
    boolean batching;
    WriteBufferWaterMark writeBufferWaterMark = WriteBufferWaterMark.DEFAULT;
    NettyConnectionObserver observer = new NettyConnectionObserver() {};
    Duration closeTimeout = DEFAULT_CLOSE_TIMEOUT;
    int maxReplayBytes = DEFAULT_MAX_REPLAY_BYTES;

    ConnectionSettings() {}

    /// Hands the options of each connection to a bootstrap.
    void applyOptions(boolean epoll, BiConsumer<ChannelOption<Object>, Object> option) {
        set(option, ChannelOption.ALLOW_HALF_CLOSURE, true);
        set(option, ChannelOption.WRITE_BUFFER_WATER_MARK, writeBufferWaterMark);
        if (allocator != null) {
            set(option, ChannelOption.ALLOCATOR, allocator);
        }
        if (userTimeout != null && epoll) {
            set(option, EpollChannelOption.TCP_USER_TIMEOUT, Math.toIntExact(userTimeout.toMillis()));
        }
    }

    @SuppressWarnings("unchecked") // the value has the option's type, only the consumer does not know it
    static <T> void set(BiConsumer<ChannelOption<Object>, Object> consumer, ChannelOption<T> option, T value) {
        consumer.accept((ChannelOption<Object>) option, value);
    }

    /// Settings that contradict each other are refused when the factory starts.
    void check(boolean server) {
        if (sslContext != null && sslContext.isServer() != server) {
            throw new IllegalStateException("sslContext: a context for " + (server ? "clients" : "servers")
                    + " (expected: SslContextBuilder." + (server ? "forServer" : "forClient") + ")");
        }
        if (maxBufferedBytes < writeBufferWaterMark.high()) {
            throw new IllegalStateException("maxBufferedBytes: " + maxBufferedBytes
                    + " (expected: >= the high water mark, " + writeBufferWaterMark.high() + ")");
        }
    }

    static int atLeast(String name, int value, int min) {
        if (value < min) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + min + ")");
        }
        return value;
    }

    /// A duration of whole milliseconds that fits Netty's and the kernel's int options.
    static Duration between(String name, Duration value, Duration min) {
        Duration max = Duration.ofMillis(Integer.MAX_VALUE);
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + min + " to " + max + ")");
        }
        return value;
    }
}
