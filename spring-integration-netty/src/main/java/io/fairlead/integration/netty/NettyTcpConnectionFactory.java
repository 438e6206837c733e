package io.fairlead.integration.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The settings that the server and the client factory share. Change them before `start()`: connections take them
/// over when they are made.
///
/// Of Spring Integration's own settings these differ: `soTcpNoDelay` and `soKeepAlive` are on by default; a
/// `taskExecutor` is where the listener runs (without one: on the event loop, see [#setBatching(boolean)]);
/// `nioHarvestInterval` and `readDelay` have no effect.
public sealed interface NettyTcpConnectionFactory
        permits NettyTcpServerConnectionFactory, NettyTcpClientConnectionFactory {

    /// The settings behind the setters below.
    ConnectionSettings settings();

    /// The event loops to use; the caller closes them, after the factory has stopped. Without one the factory makes
    /// its own at `start()` and closes it at `stop()`.
    default void setTransport(NettyTransport transport) {
        settings().transport = transport;
    }

    /// Adds handlers to each new connection's pipeline, after the SSL handler and before the factory's own: decoders
    /// that emit messages (`ByteBuf` or any object) and, where wanted, encoders for `ByteBuf`s. Called on the
    /// connection's event loop. With a pipeline the factory's `Deserializer` is not used.
    default void setPipeline(Consumer<ChannelPipeline> pipeline) {
        settings().pipeline = pipeline;
    }

    /// Whether the listener gets one `Message` for each read pass, with a [ReadBatch] as payload (true), or one for
    /// each decoded object, made by the factory's `TcpMessageMapper` (false, the default).
    ///
    /// A batch without a pipeline holds the received bytes as they came. Batches are handed over on the event loop
    /// always. Single messages are too, unless a `taskExecutor` is set: then they are handed over there, in order
    /// for each connection, and a connection with 256 of them waiting is not read until half are done. A listener
    /// that can block needs one.
    default void setBatching(boolean batching) {
        settings().batching = batching;
    }

    /// Speaks TLS with this context; null (the default) for plain TCP. A server's context is a server context.
    default void setSslContext(@Nullable SslContext sslContext) {
        settings().sslContext = sslContext;
    }

    /// When a connection counts as not writable (unsent bytes above `high`) and as writable again (below `low`);
    /// default 32 and 64 KiB. See [NettyTcpConnection#isWritable()].
    default void setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
        settings().writeBufferWaterMark = writeBufferWaterMark;
    }

    /// How many bytes may be unsent before the connection is given up with a [SlowReaderException]; at least the high
    /// water mark, default 8 MiB. One message may go beyond it.
    default void setMaxBufferedBytes(int maxBufferedBytes) {
        settings().maxBufferedBytes = ConnectionSettings.atLeast("maxBufferedBytes", maxBufferedBytes, 1);
    }

    /// How long `send` may wait, on threads other than event loops, for a connection that is not writable, before the
    /// connection is given up with a [SlowReaderException]; default 30 s.
    default void setSendTimeout(Duration sendTimeout) {
        settings().sendTimeout = ConnectionSettings.between("sendTimeout", sendTimeout, Duration.ZERO);
    }

    /// Who is told of each connection's life; none by default.
    default void setConnectionObserver(NettyConnectionObserver observer) {
        settings().observer = observer;
    }

    /// How long sent data may stay unacknowledged before the kernel gives the connection up (`TCP_USER_TIMEOUT`, at
    /// least 1 ms). Works with epoll; ignored on NIO, where the kernel's default of some 15 minutes holds.
    default void setUserTimeout(Duration userTimeout) {
        settings().userTimeout = ConnectionSettings.between("userTimeout", userTimeout, Duration.ofMillis(1));
    }

    /// How long a closed connection may take to send what it was given before; default 5 s, 0 to drop it. A reader
    /// that takes longer loses the rest.
    default void setCloseTimeout(Duration closeTimeout) {
        settings().closeTimeout = ConnectionSettings.between("closeTimeout", closeTimeout, Duration.ZERO);
    }

    /// How many bytes a plain `Deserializer` may need for one message; default 1 MiB. Beyond it the connection
    /// fails. A `Deserializer` reads from the start of the message each time more bytes have come; long messages
    /// want a Netty decoder ([#setPipeline]) instead.
    default void setMaxReplayBytes(int maxReplayBytes) {
        settings().maxReplayBytes = ConnectionSettings.atLeast("maxReplayBytes", maxReplayBytes, 1);
    }

    /// The allocator of the connections' buffers; Netty's default if not set.
    default void setAllocator(ByteBufAllocator allocator) {
        settings().allocator = allocator;
    }
}
