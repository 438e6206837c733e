package io.fairlead.integration.netty;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The event loops that connections live on: epoll where the native library is there, else NIO.
///
/// Factories may share one transport; who makes it closes it, after the factories. Thread-safe. The loops' threads
/// are not daemons unless asked for: a process with an open transport does not end by itself.
public final class NettyTransport implements AutoCloseable {

    /// Bound of [#close()]: what a loop has not finished by then is dropped.
    private static final long CLOSE_TIMEOUT_SECONDS = 5;

    private final EventLoopGroup group;
    private final List<EventLoop> loops;
    private final boolean epoll;

    private NettyTransport(EventLoopGroup group, boolean epoll) {
        this.group = group;
        this.epoll = epoll;
        List<EventLoop> all = new ArrayList<>();
        for (EventExecutor executor : group) {
            all.add((EventLoop) executor);
        }
        this.loops = List.copyOf(all);
    }

    /// Makes `loops` event loops (at least 1), their threads named `threadNamePrefix-0`, `-1`, ...
    public static NettyTransport create(int loops, String threadNamePrefix) {
        return create(loops, threadNamePrefix, Epoll.isAvailable());
    }

    /// As [#create(int, String)], with daemon threads: the process may end while the transport is open.
    public static NettyTransport createDaemon(int loops, String threadNamePrefix) {
        return create(loops, threadNamePrefix, Epoll.isAvailable(), true);
    }

    static NettyTransport create(int loops, String threadNamePrefix, boolean epoll) {
        return create(loops, threadNamePrefix, epoll, false);
    }

    private static NettyTransport create(int loops, String threadNamePrefix, boolean epoll, boolean daemon) {
        if (loops < 1) {
            throw new IllegalArgumentException("loops: " + loops + " (expected: >= 1)");
        }
        AtomicInteger number = new AtomicInteger();
        ThreadFactory threads = task -> {
            Thread thread = new FastThreadLocalThread(task, threadNamePrefix + "-" + number.getAndIncrement());
            thread.setDaemon(daemon);
            return thread;
        };
        IoHandlerFactory io = epoll ? HalfCloseSafeEpoll.newFactory() : NioIoHandler.newFactory();
        return new NettyTransport(new MultiThreadIoEventLoopGroup(loops, threads, io), epoll);
    }

    /// All loops as Netty's group, for bootstraps and handlers of one's own.
    public EventLoopGroup group() {
        return group;
    }

    /// The next loop, round robin.
    public EventLoop next() {
        return group.next();
    }

    /// All loops, always in the same order.
    public List<EventLoop> loops() {
        return loops;
    }

    /// Whether the loops use epoll; the alternative is NIO.
    public boolean epoll() {
        return epoll;
    }

    Class<? extends ServerSocketChannel> serverChannelType() {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    Class<? extends SocketChannel> channelType() {
        return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    /// Whether the calling thread is an event loop's and so must never wait.
    static boolean onEventLoopThread() {
        return Thread.currentThread() instanceof FastThreadLocalThread;
    }

    /// Closes what is left on the loops and ends their threads. Waits at most about 5 s for that, and not at all on
    /// an event loop. Further calls do nothing.
    @Override
    public void close() {
        group.shutdownGracefully(0, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (!onEventLoopThread()) {
            group.terminationFuture().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }
}
