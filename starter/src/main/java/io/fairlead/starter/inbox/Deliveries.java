package io.fairlead.starter.inbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs durable messages, many in one transaction: a commit costs as much as hundreds of small statements.
///
/// ```
/// queue ──▶ up to `batch` ──▶ look up all keys ──▶ handlers in turn ──▶ insert all keys ──▶ commit ──▶
/// answers
///   ▲                                                  │ 10 ms are over     │ anything fails
///   └──────────────── those not begun ◀────────────────┘    roll back, then each alone
/// ```
///
/// Threads: a few platform threads of its own, each with a transaction and a connection at a time; platform
/// threads because SQLite works in native code, where a virtual thread holds its carrier. A message that is
/// run alone has a virtual thread. The queue is as long as the worker's permits, of which each message holds
/// one.
final class Deliveries {
    private static final Logger log = LoggerFactory.getLogger(Deliveries.class);

    /// After which a transaction begins no further message: the locks that it holds are others' waiting time.
    private static final long TRANSACTION_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final BlockingDeque<Delivery> fresh = new LinkedBlockingDeque<>();

    private final Transactions transactions;
    private final KeyStore keys;
    private final Fences fences;
    private final Turns turns;
    private final OnceCalls alone;
    private final InboxCounters counters;
    private final InstantSource clock;
    private final int batch;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    Deliveries(
            Transactions transactions,
            KeyStore keys,
            Fences fences,
            Turns turns,
            OnceCalls alone,
            InboxCounters counters,
            InstantSource clock,
            int batch) {
        this.transactions = transactions;
        this.keys = keys;
        this.fences = fences;
        this.turns = turns;
        this.alone = alone;
        this.counters = counters;
        this.clock = clock;
        this.batch = batch;
    }

    void start(int transactionsAtATime) {
        for (int i = 0; i < transactionsAtATime; i++) {
            threads.add(Thread.ofPlatform().daemon().name("fairlead-inbox-" + i).start(this::loop));
        }
    }

    /// From any thread, event loops included.
    void add(Delivery delivery) {
        if (delivery.attempt() > 1) {
            runAlone(delivery); // what failed once is not to fail others
        } else {
            fresh.add(delivery);
        }
    }

    private void loop() {
        while (!closed) {
            List<Delivery> taken = new ArrayList<>(batch);
            try {
                taken.add(fresh.take());
                fresh.drainTo(taken, batch - 1);
                run(taken);
            } catch (InterruptedException e) {
                log.debug("Ends with the worker", e);
                taken.forEach(delivery -> delivery.failed(new NotRunException("the worker shuts down", null)));
            } catch (Throwable e) {
                // A bug of ours must not end the thread, on which all later messages wait.
                log.error("A batch of {} messages failed", taken.size(), e);
                taken.forEach(delivery -> delivery.failed(e));
            }
        }
    }

    /// A message in this batch.
    private record Item(Delivery delivery, KeyedRequest request) {}

    private void run(List<Delivery> taken) {
        List<Item> mine = new ArrayList<>(taken.size());
        for (Delivery delivery : taken) {
            KeyedRequest request = delivery.prepare();
            if (request == null) {
                continue;
            }
            if (turns.tryTake(request.key())) {
                mine.add(new Item(delivery, request));
            } else {
                runAlone(delivery, request); // it waits for its turn
            }
        }
        if (mine.isEmpty()) {
            return;
        }
        Batch work = new Batch(mine);
        try {
            transactions.run(connection -> {
                work.run(connection);
                return true;
            });
        } catch (Throwable e) {
            log.debug("{} messages are run again, each alone", mine.size(), e);
            mine.forEach(item -> turns.give(item.request().key(), null));
            if (e instanceof NotRunException) {
                mine.forEach(item -> item.delivery().failed(e));
            } else {
                mine.forEach(item -> runAlone(item.delivery(), item.request()));
            }
            return;
        }
        work.answer();
    }

    /// What one transaction does. On one thread.
    private final class Batch {
        private final List<Item> items;
        private final List<KeyStore.Done> done = new ArrayList<>();
        private final List<Runnable> answers = new ArrayList<>();

        Batch(List<Item> items) {
            this.items = items;
        }

        void run(Connection connection) throws Throwable {
            long endNanos = System.nanoTime() + TRANSACTION_NANOS;
            Map<String, Long> tokens;
            List<KeyStore.Found> found;
            try {
                tokens = holdLanes(connection);
                found = keys.findAll(
                        connection,
                        items.stream().map(item -> item.request().key()).toList());
            } catch (SQLException e) {
                throw new NotRunException("the database cannot be asked for keys", e);
            }
            for (int i = 0; i < items.size(); i++) {
                run(items.get(i), found.get(i), tokens, endNanos);
            }
            keys.insertDone(connection, done, clock.millis());
        }

        private Map<String, Long> holdLanes(Connection connection) throws SQLException {
            TreeMap<String, Long> lanes = new TreeMap<>();
            for (Item item : items) {
                Fence fence = item.request().fence();
                if (fence != null) {
                    lanes.merge(fence.lane(), fence.token(), Math::max);
                }
            }
            return lanes.isEmpty() ? Map.of() : fences.holdAll(connection, lanes);
        }

        private void run(Item item, KeyStore.Found found, Map<String, Long> tokens, long endNanos) throws Throwable {
            Delivery delivery = item.delivery();
            KeyedRequest request = item.request();
            StoredReply kept;
            try {
                Fence fence = request.fence();
                if (fence != null) {
                    fences.check(fence, tokens);
                }
                KeyRow row = found.row();
                kept = row == null ? null : turns.duplicate(request, row, ExternalCalls.replyOf(row, request));
            } catch (RuntimeException e) {
                end(item, () -> delivery.failed(e));
                return;
            }
            if (kept != null) {
                end(item, () -> delivery.done(kept));
            } else if (!found.locked()) {
                end(item, () -> runAlone(delivery, request));
            } else if (!done.isEmpty() && System.nanoTime() - endNanos > 0) {
                end(item, () -> fresh.addFirst(delivery));
            } else {
                StoredReply reply = delivery.handle();
                done.add(new KeyStore.Done(request, reply));
                answers.add(() -> {
                    turns.give(request.key(), KeyRow.done(request, reply));
                    counters.add(InboxCounters.Result.NEW);
                    delivery.done(reply);
                });
            }
        }

        /// It has no part in the transaction.
        private void end(Item item, Runnable answer) {
            answers.add(() -> {
                turns.give(item.request().key(), null);
                answer.run();
            });
        }

        /// The transaction is committed.
        void answer() {
            for (Runnable answer : answers) {
                try {
                    answer.run();
                } catch (RuntimeException e) {
                    // The others are committed, too, and their turns have to be given.
                    log.error("The outcome of a message could not be told", e);
                }
            }
        }
    }

    /// On a thread of its own, with a transaction of its own.
    private void runAlone(Delivery delivery) {
        Thread.ofVirtual().name("fairlead inbox alone").start(() -> {
            KeyedRequest request = delivery.prepare();
            if (request != null) {
                runNow(delivery, request);
            }
        });
    }

    private void runAlone(Delivery delivery, KeyedRequest request) {
        Thread.ofVirtual().name("fairlead inbox alone").start(() -> runNow(delivery, request));
    }

    private void runNow(Delivery delivery, KeyedRequest request) {
        StoredReply reply;
        try {
            reply = alone.call(request, delivery);
        } catch (Throwable e) {
            // Whatever a handler throws, its gateway gets an answer.
            delivery.failed(e);
            return;
        }
        delivery.done(reply);
    }

    /// Ends the threads; messages that are still queued are answered as not run.
    void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        List<Delivery> left = new ArrayList<>();
        fresh.drainTo(left);
        left.forEach(delivery -> delivery.failed(new NotRunException("the worker shuts down", null)));
    }
}
