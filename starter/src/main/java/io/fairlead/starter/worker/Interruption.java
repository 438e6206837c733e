package io.fairlead.starter.worker;

import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Interrupts the thread of one handler at most once, and never after the handler has ended or while it may
/// be in a transaction.
///
/// ```
/// running --interrupt--> interrupted      a transaction can no longer begin: begin throws CANCELLED
///    |                        |
///    +--begin--> protected    |           a transaction has begun: an interrupt does nothing any more
///    |               |        |
///    +-----end-------+--------+--> ended  the thread's flag is cleared
/// ```
///
/// Threads: the handler's runs it and ends it, any other interrupts. The lock makes an interrupt that has
/// begun arrive before the end, so that none is left to whatever the thread does next.
final class Interruption {
    private enum State {
        RUNNING,
        PROTECTED,
        INTERRUPTED,
        ENDED
    }

    /// Of the handler that runs on this thread, for who begins transactions there.
    private static final ThreadLocal<@Nullable Interruption> CURRENT = new ThreadLocal<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Thread thread;

    /// Guarded by the lock.
    private State state = State.RUNNING;

    /// Of the current thread, on which a handler begins.
    Interruption() {
        thread = Thread.currentThread();
        CURRENT.set(this);
    }

    /// Interrupts the handler if it runs and is not protected. From any thread that may wait a moment: an
    /// interrupt closes the socket that the handler uses.
    void interrupt() {
        lock.lock();
        try {
            if (state == State.RUNNING) {
                state = State.INTERRUPTED;
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /// A transaction begins on this thread: from now on its handler is not interrupted.
    ///
    /// @throws FairleadException CANCELLED if the handler has been interrupted: the transaction must not
    ///     begin, for the interrupt would close its connection
    static void beginTransaction() {
        Interruption current = CURRENT.get();
        if (current != null) {
            current.protect();
        }
    }

    private void protect() {
        lock.lock();
        try {
            if (state == State.INTERRUPTED) {
                throw new FairleadException(Status.CANCELLED, "interrupted before a transaction began");
            }
            state = State.PROTECTED;
        } finally {
            lock.unlock();
        }
    }

    /// The handler has ended; on its thread.
    ///
    /// @return whether it was interrupted
    boolean end() {
        lock.lock();
        try {
            boolean interrupted = state == State.INTERRUPTED;
            state = State.ENDED;
            CURRENT.remove();
            if (interrupted) {
                Thread.interrupted(); // clears it
            }
            return interrupted;
        } finally {
            lock.unlock();
        }
    }
}
