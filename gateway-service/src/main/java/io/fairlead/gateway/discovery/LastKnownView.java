package io.fairlead.gateway.discovery;

import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.FleetWatch;
import io.fairlead.link.discovery.SavedFleet;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the last known good view on the disk, so that a gateway can start with every registry down. Thread-safe.
///
/// Changes are written a second after the first of them; a view that does not change is confirmed every five minutes,
/// as long as a registry or source is there to confirm it. Nothing is ever written before one has
/// spoken. A disk that does not take it costs nothing but a warning.
///
/// Threads: one of its own writes; the fleet's loop only says that something has changed.
public final class LastKnownView implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LastKnownView.class);
    private static final long DEBOUNCE_MILLIS = 1_000;
    private static final long CONFIRM_MILLIS = Duration.ofMinutes(5).toMillis();
    private static final long ANSWER_MILLIS = 5_000;

    private final @Nullable ViewFile file;
    private final InstantSource clock;
    private final @Nullable SavedFleet loaded;
    private final ScheduledThreadPoolExecutor writer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("view-file").daemon().factory());
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /// Confined to the writer.
    private boolean failing;

    private volatile @Nullable FleetWatch watch;

    private volatile @Nullable Instant savedAt;

    /// Reads the file, if there is one.
    ///
    /// @param file null = nothing is kept
    LastKnownView(@Nullable ViewFile file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
        writer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.loaded = file == null ? null : file.load().orElse(null);
        this.savedAt = loaded == null ? null : loaded.savedAt();
    }

    /// Makes a watch that begins with what the earlier run knew, and writes from now on what it knows.
    ///
    /// @param make gets what the earlier run knew, null for nothing, and who wants to hear of changes
    public FleetWatch follow(BiFunction<@Nullable SavedFleet, Consumer<Fleet>, FleetWatch> make) {
        FleetWatch followed = make.apply(loaded, this::changed);
        watch = followed;
        SavedFleet saved = loaded;
        if (file != null) {
            if (saved != null && !saved.instances().isEmpty()) {
                log.warn(
                        "{} instances are used as {} had them at {}, {} ago, until a registry or other source says what"
                                + " there is now",
                        saved.instances().size(),
                        file.path(),
                        saved.savedAt(),
                        age());
            }
            writer.scheduleWithFixedDelay(this::write, CONFIRM_MILLIS, CONFIRM_MILLIS, TimeUnit.MILLISECONDS);
        }
        return followed;
    }

    /// The fleet has changed. On the fleet's loop.
    private void changed(Fleet fleet) {
        if (file != null && fleet.seenAny() && !writer.isShutdown() && scheduled.compareAndSet(false, true)) {
            writer.schedule(
                    () -> {
                        scheduled.set(false);
                        write();
                    },
                    DEBOUNCE_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void write() {
        FleetWatch from = watch;
        ViewFile to = file;
        boolean confirmed = from != null
                && from.fleet().seenAny()
                && from.fleet().registries().stream().anyMatch(view -> view.connected());
        if (from == null || to == null || !confirmed) {
            return;
        }
        try {
            SavedFleet now = from.save(clock.instant()).get(ANSWER_MILLIS, TimeUnit.MILLISECONDS);
            to.save(now);
            savedAt = now.savedAt();
            if (failing) {
                failing = false;
                log.info("The last known view is written to {} again", to.path());
            }
        } catch (IOException | ExecutionException | TimeoutException | RuntimeException e) {
            if (!failing) {
                failing = true;
                log.warn(
                        "The last known view cannot be written to {}: {}. A start without any registry would begin"
                                + " with an older view or none: give the process a folder that it may write to"
                                + " (fairlead.gateway.discovery.view-file)",
                        to.path(),
                        e.toString());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// When the view with which this run began was last confirmed; null if it began with none.
    public @Nullable Instant loadedFrom() {
        SavedFleet saved = loaded;
        return saved == null ? null : saved.savedAt();
    }

    /// How long ago a source last confirmed the view on the disk; zero if there is none.
    public Duration age() {
        Instant at = savedAt;
        return at == null ? Duration.ZERO : Duration.between(at, clock.instant());
    }

    /// Writes no more; a change of the last second is lost, which the next run hears of anyway.
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (!writer.awaitTermination(ANSWER_MILLIS, TimeUnit.MILLISECONDS)) {
                log.warn("The last known view is still being written");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
