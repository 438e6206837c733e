package io.fairlead.gateway.journal;

import io.fairlead.wire.Status;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Group commit: what all loops want written goes into one transaction after the other, as much as has come
/// while the one before was written. Acknowledgements leave when it is on disk.
///
/// ```
///  accept, end, failed ──▶ queues ──▶ write: one transaction ──▶ sync ──▶ loops: accepted
///                                                                  └───▶ delivery, in the order of ids
/// ```
///
/// Threads: any thread hands over and never waits. Two threads, `journal-1` and `journal-2`, do the rest,
/// each with one transaction after the other: while one syncs its own, the other writes the next. Each takes
/// the lock of a stage before it leaves the one of the stage before, so that all is written, synced and told
/// in one order.
///
/// What was not acknowledged is refused when the store fails; what has ended is kept and written when the
/// store works again, so a message whose handler has committed is at worst delivered again, which its inbox
/// notices.
///
/// Bounds: [#MAX_WAITING_MESSAGES] and [#MAX_WAITING_BYTES] wait to be accepted; more are refused. Ends are
/// bounded by the messages in delivery.
public final class Journal implements AutoCloseable {
    static final int MAX_WAITING_MESSAGES = 32_768;
    static final long MAX_WAITING_BYTES = 128L * 1024 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Journal.class);

    /// One transaction's worth: larger ones would make the first acknowledgement wait for the last message.
    private static final int MAX_BATCH_MESSAGES = 1_024;
    private static final long MAX_BATCH_BYTES = 4L * 1024 * 1024;
    private static final int MAX_BATCH_ENDS = 4_096;

    /// For so long ends alone wait for messages to be accepted, whose transaction then holds them, too: each
    /// transaction costs the disk the same, and nobody waits for an end.
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final MessageStore store;
    private final Listener listener;
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<Changes.End> ends = new ConcurrentLinkedQueue<>();
    private final Queue<Changes.FailedAttempt> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingMessages = new AtomicLong();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final LongAdder commits = new LongAdder();
    private final LongAdder commitNanos = new LongAdder();
    private final LongAdder committed = new LongAdder();
    private final List<Thread> threads;
    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock syncing = new ReentrantLock();

    /// Who has [#writing], or had it last.
    private volatile @Nullable Thread writer;

    /// Of the writer: until when ends wait; 0 = none do.
    private long ripeNanos;

    /// The writer waits for anything.
    private volatile boolean parked;

    /// The writer waits for messages to be accepted.
    private volatile boolean gathering;

    private volatile boolean closed;
    private volatile @Nullable StoreException trouble;

    /// Who delivers. Called by one thread at a time; must not block.
    public interface Listener {
        /// These are on disk, in the order of their ids. Those that are READY are to be delivered.
        void accepted(List<Message> messages);

        /// These are no longer in flight, and will not be found by [MessageStore#ready] any more.
        void ended(List<Changes.End> ended);

        /// The store works again. Messages may be in it of which nobody has been told, if it was a commit
        /// that failed.
        void recovered();
    }

    private record Waiting(Message message, Acceptance acceptance) {
        long bytes() {
            return (long) message.metadata().length + message.payload().length;
        }
    }

    /// One transaction.
    ///
    /// @param beganNanos when it was taken from the queues
    private record Batch(List<Waiting> accepting, Changes changes, long beganNanos) {}

    /// @param store closed with this
    public Journal(MessageStore store, Listener listener) {
        this.store = store;
        this.listener = listener;
        Thread.Builder builder = Thread.ofPlatform().name("journal-", 1);
        this.threads = List.of(builder.unstarted(this::run), builder.unstarted(this::run));
    }

    /// Begins to write.
    public void start() {
        threads.forEach(Thread::start);
    }

    /// The store, for reading.
    public MessageStore store() {
        return store;
    }

    /// Why the store does not work at the moment; null if it does.
    public @Nullable StoreException trouble() {
        return trouble;
    }

    /// Somebody has found that the store works.
    public void probed() {
        works();
        wake();
    }

    /// Messages that wait to be on disk.
    public long waiting() {
        return waitingMessages.get();
    }

    /// How many transactions are on disk.
    public long commits() {
        return commits.sum();
    }

    /// How long those took together, each from the queues to the disk. Two of them overlap.
    public long commitNanos() {
        return commitNanos.sum();
    }

    /// How many messages those accepted.
    public long committed() {
        return committed.sum();
    }

    /// Takes a message; its acceptance hears what became of it.
    ///
    /// @return null, or why it was not taken: nobody will hear of it
    public @Nullable String accept(Message message, Acceptance acceptance) {
        Waiting taken = new Waiting(message, acceptance);
        if (closed) {
            return "the gateway shuts down";
        }
        if (waitingMessages.get() >= MAX_WAITING_MESSAGES || waitingBytes.get() >= MAX_WAITING_BYTES) {
            return "messages that wait to be on disk: " + waitingMessages.get() + ", " + waitingBytes.get()
                    + " bytes (expected: at most " + MAX_WAITING_MESSAGES + ", " + MAX_WAITING_BYTES
                    + " bytes): the disk is slower than the senders";
        }
        waitingMessages.incrementAndGet();
        waitingBytes.addAndGet(taken.bytes());
        waiting.add(taken);
        if (parked || gathering) {
            LockSupport.unpark(writer);
        }
        return null;
    }

    /// A message is no longer in flight. Written when the store works; [Listener#ended] tells when.
    public void end(Changes.End end) {
        ends.add(end);
        wake();
    }

    /// An attempt has failed.
    public void failed(Changes.FailedAttempt attempt) {
        failures.add(attempt);
        wake();
    }

    private void wake() {
        if (parked) {
            LockSupport.unpark(writer);
        }
    }

    private void run() {
        Batch batch = write();
        while (batch != null && (sync(batch) || !closed)) {
            batch = write();
        }
        refuseLeft();
    }

    /// Writes what there is, as soon as there is something.
    ///
    /// @return what is written, and [#syncing] is held; null if that was all
    private @Nullable Batch write() {
        writing.lock();
        try {
            writer = Thread.currentThread();
            while (!closed || !isEmpty()) {
                if (isEmpty()) {
                    awaitAny();
                } else if (!waiting.isEmpty() || isRipe()) {
                    ripeNanos = 0;
                    Batch batch = take();
                    if (written(batch)) {
                        syncing.lock();
                        return batch;
                    }
                    if (closed) {
                        break;
                    }
                }
            }
            return null;
        } finally {
            writing.unlock();
        }
    }

    private void awaitAny() {
        parked = true;
        // Looked at again behind the flag: what came before it was set did not wake us.
        if (isEmpty() && !closed) {
            LockSupport.park(this);
        }
        parked = false;
    }

    /// Waits a little for messages, which take the ends with them.
    ///
    /// @return whether the ends are to be written without
    private boolean isRipe() {
        long now = System.nanoTime();
        if (ripeNanos == 0) {
            ripeNanos = now + (trouble == null ? GATHER_NANOS : RETRY_NANOS);
        }
        long left = ripeNanos - now;
        if (left <= 0 || closed) {
            return true;
        }
        gathering = true;
        if (waiting.isEmpty() && !closed) {
            LockSupport.parkNanos(this, left);
        }
        gathering = false;
        return false;
    }

    private boolean isEmpty() {
        return waiting.isEmpty() && ends.isEmpty() && failures.isEmpty();
    }

    private Batch take() {
        List<Waiting> taken = new ArrayList<>();
        long bytes = 0;
        while (taken.size() < MAX_BATCH_MESSAGES && bytes < MAX_BATCH_BYTES) {
            Waiting next = waiting.poll();
            if (next == null) {
                break;
            }
            taken.add(next);
            bytes += next.bytes();
        }
        waitingMessages.addAndGet(-taken.size());
        waitingBytes.addAndGet(-bytes);
        Changes changes = new Changes(taken.stream().map(Waiting::message).toList(), some(ends), some(failures));
        return new Batch(taken, changes, System.nanoTime());
    }

    private static <T> List<T> some(Queue<T> from) {
        List<T> some = new ArrayList<>();
        while (some.size() < MAX_BATCH_ENDS) {
            T next = from.poll();
            if (next == null) {
                break;
            }
            some.add(next);
        }
        return some;
    }

    private boolean written(Batch batch) {
        return succeeds(batch, () -> store.write(batch.changes()));
    }

    /// Puts on disk what is written and tells all about it; leaves [#syncing].
    private boolean sync(Batch batch) {
        try {
            if (!succeeds(batch, store::sync)) {
                return false;
            }
            works();
            count(batch);
            Changes changes = batch.changes();
            if (!batch.accepting().isEmpty()) {
                // Before the acknowledgements: who sends the next message because of one finds it behind the first.
                listener.accepted(changes.accepted());
                tell(batch.accepting(), waiting -> waiting.acceptance().accepted(waiting.message()));
            }
            if (!changes.ended().isEmpty()) {
                listener.ended(changes.ended());
            }
            return true;
        } finally {
            syncing.unlock();
        }
    }

    private void count(Batch batch) {
        commits.increment();
        commitNanos.add(System.nanoTime() - batch.beganNanos());
        committed.add(batch.accepting().size());
    }

    private boolean succeeds(Batch batch, Runnable stage) {
        try {
            stage.run();
            return true;
        } catch (StoreException e) {
            failed(batch, e);
        } catch (RuntimeException | Error e) {
            // Whatever it was, nobody may take it for a commit, and the thread must live: all loops depend on it.
            failed(batch, new StoreException(StoreException.Kind.UNCERTAIN, String.valueOf(e), e));
        }
        return false;
    }

    private void failed(Batch batch, StoreException e) {
        StoreException before = trouble;
        trouble = e;
        if (before == null || before.kind() != e.kind()) {
            log.error("The journal cannot be written: {}: {}", e.kind(), e.getMessage(), e);
        }
        boolean uncertain = e.kind() == StoreException.Kind.UNCERTAIN;
        Status status = switch (e.kind()) {
            case FULL -> Status.RESOURCE_EXHAUSTED;
            case UNAVAILABLE, DAMAGED -> Status.UNAVAILABLE;
            case UNCERTAIN -> Status.UNKNOWN;
        };
        String why = "the journal: " + e.getMessage();
        tell(batch.accepting(), waiting -> waiting.acceptance().refused(status, !uncertain, why));
        // Once more: a change that was made already changes nothing.
        failures.addAll(batch.changes().failed());
        ends.addAll(batch.changes().ended());
    }

    private void works() {
        StoreException before = trouble;
        if (before != null) {
            trouble = null;
            log.warn("The journal is written again, after: {}", before.getMessage());
            listener.recovered();
        }
    }

    /// One task for each loop, however many messages.
    private static void tell(List<Waiting> all, Consumer<Waiting> what) {
        IdentityHashMap<EventLoop, List<Waiting>> byLoop = new IdentityHashMap<>();
        all.forEach(waiting -> byLoop.computeIfAbsent(waiting.acceptance().loop(), loop -> new ArrayList<>())
                .add(waiting));
        byLoop.forEach((loop, ofLoop) -> {
            try {
                loop.execute(() -> ofLoop.forEach(what));
            } catch (RejectedExecutionException e) {
                // The transport has ended, and with it all who waited.
                log.debug("Nobody hears of {} messages any more", ofLoop.size(), e);
            }
        });
    }

    private void refuseLeft() {
        List<Waiting> left = new ArrayList<>();
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            left.add(next);
        }
        tell(left, waiting -> waiting.acceptance().refused(Status.UNAVAILABLE, true, "the gateway shuts down"));
    }

    /// Writes what was handed over, and takes no more. Takes at most about 10 s.
    public void flush() {
        closed = true;
        LockSupport.unpark(writer);
        long end = System.nanoTime() + CLOSE_NANOS;
        try {
            for (Thread thread : threads) {
                thread.join(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Writes what was handed over, and closes the store.
    @Override
    public void close() {
        flush();
        store.close();
    }
}
