package io.fairlead.gateway.admin;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.NotPossibleException;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.journal.MessageStore;
import io.fairlead.gateway.journal.MessageView;
import io.fairlead.gateway.journal.StoreException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Has many messages delivered again, in the background and not faster than asked for, so that what they
/// failed at is not overrun. One replay at a time. Thread-safe.
@Component
class Replays {
    private static final int PAGE = 500;
    private static final long ON_DISK_SECONDS = 30;

    private final Deliveries deliveries;
    private final MessageStore store;
    private final InstantSource clock = InstantSource.system();
    private final AtomicReference<@Nullable Run> current = new AtomicReference<>();

    Replays(Deliveries deliveries) {
        this.deliveries = deliveries;
        this.store = deliveries.journal().store();
    }

    enum State {
        RUNNING,
        FINISHED,
        CANCELLED,
        FAILED
    }

    /// How far a replay is.
    ///
    /// @param selection whose messages are replayed
    /// @param looked messages that were looked at
    /// @param replayed messages that were accepted anew
    /// @param skipped messages that had been replayed before
    /// @param refused messages that could not be
    /// @param reason of the last one that could not be, or why it failed; empty if there is none
    record Progress(
            State state,
            String selection,
            int perSecond,
            int looked,
            int replayed,
            int skipped,
            int refused,
            String reason,
            Instant since) {}

    /// Begins one.
    ///
    /// @param limit most messages that are looked at
    /// @param ended hears how it ended, on a thread of its own
    /// @return empty if one runs already
    Optional<Progress> start(MessageSelection selection, int limit, int perSecond, Consumer<Progress> ended) {
        Run run = new Run(selection, limit, perSecond);
        Run before = current.get();
        if ((before != null && before.progress.state() == State.RUNNING) || !current.compareAndSet(before, run)) {
            return Optional.empty();
        }
        Thread.ofVirtual().name("replay").start(() -> {
            run.run();
            ended.accept(run.progress);
        });
        return Optional.of(run.progress);
    }

    /// The one that runs, or ran last.
    Optional<Progress> progress() {
        return Optional.ofNullable(current.get()).map(run -> run.progress);
    }

    /// Ends the one that runs, after the message that it is at.
    ///
    /// @return false if none runs
    boolean cancel() {
        Run run = current.get();
        if (run == null || run.progress.state() != State.RUNNING) {
            return false;
        }
        run.cancelled.countDown();
        return true;
    }

    private final class Run {
        final CountDownLatch cancelled = new CountDownLatch(1);
        private final MessageSelection selection;
        private final int limit;
        private final int perSecond;
        private final long beganNanos = System.nanoTime();
        volatile Progress progress;

        Run(MessageSelection selection, int limit, int perSecond) {
            this.selection = selection;
            this.limit = limit;
            this.perSecond = perSecond;
            this.progress = new Progress(State.RUNNING, selection.told(), perSecond, 0, 0, 0, 0, "", clock.instant());
        }

        void run() {
            try {
                boolean whole = replayAll();
                ended(whole ? State.FINISHED : State.CANCELLED, progress.reason());
            } catch (StoreException e) {
                ended(State.FAILED, e.kind() + ": " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                ended(State.CANCELLED, "the gateway shuts down");
            } catch (RuntimeException e) {
                ended(State.FAILED, String.valueOf(e));
            }
        }

        /// The oldest one first, so that the messages of an ordering key come in their order.
        ///
        /// @return false if it was cancelled
        private boolean replayAll() throws InterruptedException {
            for (long id : chosen().reversed()) {
                if (awaitTurn()) {
                    return false;
                }
                replay(id);
            }
            return true;
        }

        /// Newest first.
        private List<Long> chosen() {
            List<Long> chosen = new ArrayList<>();
            long before = 0;
            while (chosen.size() < limit) {
                int size = Math.min(PAGE, limit - chosen.size());
                List<MessageView> page = store.browse(selection.query(before, size));
                page.forEach(view -> chosen.add(view.message().id()));
                if (page.size() < size) {
                    break;
                }
                before = page.getLast().message().id();
            }
            return chosen;
        }

        /// @return whether it was cancelled meanwhile
        private boolean awaitTurn() throws InterruptedException {
            long at = beganNanos + progress.replayed() * TimeUnit.SECONDS.toNanos(1) / perSecond;
            return cancelled.await(at - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        private void replay(long id) {
            MessageView view = store.find(id).orElse(null);
            if (view == null || !view.state().isSetAside() || isReplayed(view)) {
                progress = counted(0, 1, 0, progress.reason());
                return;
            }
            try {
                deliveries
                        .interventions()
                        .replay(view)
                        .orTimeout(ON_DISK_SECONDS, TimeUnit.SECONDS)
                        .join();
                progress = counted(1, 0, 0, progress.reason());
            } catch (CompletionException e) {
                if (e.getCause() instanceof NotPossibleException notPossible) {
                    progress = counted(0, 0, 1, String.valueOf(notPossible.getMessage()));
                } else {
                    throw e;
                }
            }
        }

        /// Whether it has been replayed. The replays of a replay are noted at the first message.
        private boolean isReplayed(MessageView view) {
            Message message = view.message();
            if (message.replayOf() == 0) {
                return !view.replayedAs().isEmpty();
            }
            return store.find(message.replayOf())
                    .map(origin -> origin.replayedAs().stream().anyMatch(id -> id > message.id()))
                    .orElse(false);
        }

        private Progress counted(int replayed, int skipped, int refused, String reason) {
            Progress now = progress;
            return new Progress(
                    now.state(),
                    now.selection(),
                    now.perSecond(),
                    now.looked() + 1,
                    now.replayed() + replayed,
                    now.skipped() + skipped,
                    now.refused() + refused,
                    reason,
                    now.since());
        }

        private void ended(State state, String reason) {
            Progress now = progress;
            progress = new Progress(
                    state,
                    now.selection(),
                    now.perSecond(),
                    now.looked(),
                    now.replayed(),
                    now.skipped(),
                    now.refused(),
                    reason,
                    now.since());
        }
    }

    /// States of which messages can be replayed at all.
    static boolean areSetAside(MessageSelection selection) {
        return !selection.states().isEmpty() && selection.states().stream().allMatch(MessageState::isSetAside);
    }
}
