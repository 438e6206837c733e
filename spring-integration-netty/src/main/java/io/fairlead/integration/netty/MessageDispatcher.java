package io.fairlead.integration.netty;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs one connection's listener calls on an executor, one after the other.
///
/// The event loop adds, one executor thread at a time drains. Bounded by pausing the connection: it is not read while
/// [#PAUSE_AT] calls or more wait (a read pass may add a few above that), until half are done.
final class MessageDispatcher {

    /// Calls that may wait for a connection before it is no longer read.
    static final int PAUSE_AT = 256;

    private final NettyTcpConnection connection;
    private final Executor executor;
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /// Set by the loop, cleared by the draining thread.
    private volatile boolean paused;

    MessageDispatcher(NettyTcpConnection connection, Executor executor) {
        this.connection = connection;
        this.executor = executor;
    }

    /// Adds a call; on the loop. The call must not throw.
    void dispatch(Runnable call) {
        if (!paused && waiting.get() + 1 >= PAUSE_AT) {
            paused = true; // before the call is added, so that whoever runs it sees the pause and ends it
            connection.pauseForDispatcher();
        }
        calls.add(call);
        if (waiting.getAndIncrement() == 0) {
            schedule();
        }
    }

    private void schedule() {
        try {
            executor.execute(this::drain);
        } catch (RejectedExecutionException e) {
            connection.closeExceptionally(e);
            drain(); // the calls own their payloads: each must run, and finds the connection closed
        }
    }

    private void drain() {
        do {
            calls.remove().run();
            if (paused && waiting.get() <= PAUSE_AT / 2) {
                paused = false;
                connection.resumeForDispatcher();
            }
        } while (waiting.decrementAndGet() > 0);
    }
}
