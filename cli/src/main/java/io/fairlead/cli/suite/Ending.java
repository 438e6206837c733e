package io.fairlead.cli.suite;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Ends processes.
final class Ending {
    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);

    private Ending() {}

    /// Asks all to end, waits for them together, and kills those that have not ended in time.
    static void drain(List<SuiteProcess> processes, Duration limit, Consumer<String> ended)
            throws InterruptedException {
        processes.forEach(process -> process.handle().ifPresent(ProcessHandle::destroy));
        long deadline = System.nanoTime() + limit.toNanos();
        for (SuiteProcess process : processes) {
            if (await(process, deadline)) {
                ended.accept(process.name() + " has ended");
            } else {
                process.handle().ifPresent(ProcessHandle::destroyForcibly);
                await(process, System.nanoTime() + KILL_LIMIT.toNanos());
                ended.accept(process.name() + " did not end within " + limit.toSeconds() + " s and was killed");
            }
        }
    }

    static void kill(List<SuiteProcess> processes) {
        processes.forEach(process -> process.handle().ifPresent(ProcessHandle::destroyForcibly));
        long deadline = System.nanoTime() + KILL_LIMIT.toNanos();
        try {
            for (SuiteProcess process : processes) {
                await(process, deadline);
            }
        } catch (InterruptedException e) {
            // They are killed; only seeing them gone is left out.
            Thread.currentThread().interrupt();
        }
    }

    private static boolean await(SuiteProcess process, long deadlineNanos) throws InterruptedException {
        ProcessHandle handle = process.handle().orElse(null);
        if (handle == null) {
            return true;
        }
        try {
            handle.onExit().get(Math.max(1, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot wait for " + process.name(), e);
        }
    }
}
