package io.fairlead.cli.suite;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The processes of one suite and what is kept of them in a directory: `suite.json`, `logs/`.
///
/// Ends only processes that it started itself, known by pid and start time. Commands at work at the same time are kept
/// apart by [#lock].
public final class Suite {
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final Path directory;
    private final StateFile stateFile;
    private final Launcher launcher;
    private final Apps apps;

    /// Guarded by this.
    private boolean killed;

    private Suite(Path home, Path directory, boolean shortLived) {
        this.directory = directory;
        this.stateFile = new StateFile(directory.resolve("suite.json"));
        this.launcher = new Launcher(directory, shortLived);
        this.apps = new Apps(home);
    }

    /// The suite that `up` starts and `down` ends.
    public static Suite local(Path home) {
        return new Suite(home, home.resolve(".fairlead"), false);
    }

    /// The suite of a demonstration, which ends with it.
    public static Suite demo(Path home) {
        return new Suite(home, home.resolve(".fairlead").resolve("demo"), true);
    }

    /// What was started, whether it still runs or not.
    public SuiteState state() {
        return stateFile.read();
    }

    /// Where the processes write their logs.
    public Path logs() {
        return launcher.logs();
    }

    /// Keeps other commands from changing this suite until it is closed.
    ///
    /// @throws SuiteException if another command is changing it
    public Closeable lock() {
        Path file = directory.resolve("lock");
        try {
            Files.createDirectories(directory);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw busy();
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            throw busy();
        } catch (IOException e) {
            throw new SuiteException(file + " cannot be locked: " + e, e);
        }
    }

    private SuiteException busy() {
        return new SuiteException("another command is starting or ending the suite in " + directory
                + "; wait for it to end and try again");
    }

    /// Makes the services of this build ready to be started quickly, if they are not yet.
    public void prepare(Consumer<String> progress) throws InterruptedException {
        apps.prepare(EnumSet.allOf(Service.class), progress);
    }

    /// Starts the processes, with credentials of their own. Returns without waiting for them to be ready; what was
    /// started is in the state
    /// file, also when this fails half way.
    ///
    /// @param owner see [SuiteState]
    public List<SuiteProcess> start(List<ProcessPlan> plans, @Nullable ProcessId owner) throws InterruptedException {
        Ports.requireFree(plans);
        Map<Service, List<String>> java = apps.prepare(EnumSet.allOf(Service.class), progress -> {});
        Credentials credentials = Credentials.generate(new SecureRandom());
        List<SuiteProcess> started = new ArrayList<>();
        for (ProcessPlan plan : plans) {
            synchronized (this) {
                if (killed) {
                    throw new SuiteException("interrupted");
                }
                started.add(launcher.start(
                        plan,
                        java.getOrDefault(plan.service(), List.of()),
                        plan.arguments(plans),
                        credentials.environment(plan.service())));
                stateFile.write(new SuiteState(owner, started, credentials));
            }
        }
        return List.copyOf(started);
    }

    /// Starts a process again that has ended, with the credentials that it had.
    ///
    /// @param plan that it was started by
    /// @param plans of the whole suite
    public SuiteProcess startAgain(ProcessPlan plan, List<ProcessPlan> plans) throws InterruptedException {
        Map<Service, List<String>> java = apps.prepare(EnumSet.of(plan.service()), progress -> {});
        synchronized (this) {
            SuiteState state = stateFile.read();
            Credentials credentials = state.credentials();
            if (killed || credentials == null) {
                throw new SuiteException("interrupted");
            }
            SuiteProcess again = launcher.start(
                    plan,
                    java.getOrDefault(plan.service(), List.of()),
                    plan.arguments(plans),
                    credentials.environment(plan.service()));
            List<SuiteProcess> processes = new ArrayList<>(state.processes());
            processes.replaceAll(process -> process.name().equals(plan.name()) ? again : process);
            stateFile.write(new SuiteState(state.owner(), processes, credentials));
            return again;
        }
    }

    /// Forgets what earlier processes kept: journals, inboxes, views. Only while nothing runs.
    public void forget() {
        Path data = directory.resolve("data");
        if (!Files.isDirectory(data)) {
            return;
        }
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new SuiteException(data + " cannot be removed: " + e, e);
        }
    }

    /// Ends what runs if this command ends before the result is closed, by Ctrl-C or otherwise.
    public Closeable killOnExit() {
        Thread hook = new Thread(this::kill, "end-suite");
        Runtime.getRuntime().addShutdownHook(hook);
        return () -> {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The JVM shuts down already, and the hook is at it.
                join(hook);
            }
        };
    }

    private static void join(Thread hook) {
        try {
            hook.join();
        } catch (InterruptedException e) {
            // It ends without us.
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until every process is ready and every gateway is linked to every worker.
    ///
    /// @param ready hears the name of each process as it gets ready
    /// @throws SuiteException if one ends or is not ready in time, with the last lines of its log
    public void awaitReady(List<SuiteProcess> processes, Duration limit, Consumer<String> ready)
            throws InterruptedException {
        new Readiness(processes, state().credentials(), limit, ready).await();
    }

    /// Ends what runs: gateways first, so that their calls end well, then workers, then registries; each
    /// service gets 10 s to drain and is then killed.
    ///
    /// @param ended hears what happened to each
    /// @return how many were running
    public int stop(Consumer<String> ended) throws InterruptedException {
        SuiteState state = stateFile.read();
        int count = 0;
        for (Service service : List.of(Service.GATEWAY, Service.WORKER, Service.REGISTRY)) {
            List<SuiteProcess> running = state.running(service);
            count += running.size();
            Ending.drain(running, DRAIN, ended);
        }
        stateFile.delete();
        return count;
    }

    /// Ends what runs at once, without draining; nothing more is started.
    public synchronized void kill() {
        killed = true;
        Ending.kill(stateFile.read().running());
        stateFile.delete();
    }
}
