package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Folders;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/// Cuts the power of a gateway with an embedded journal and of a worker with an embedded inbox, which have a
/// disk in common, again and again under load.
///
/// ```
///  traffic ──▶ SIGSTOP ──▶ copy the disk's file ──▶ kill -9, unmount ──▶ mount the copy ──▶ start again
/// ```
///
/// The file holds what the file system has handed to its disk: what was flushed, and nothing that was only
/// written to a file. What a disk's own cache would lose beyond that is not seen here: a loop device has none.
final class PowerBench {
    private static final int MEGABYTES = 512;
    private static final String GATEWAY = "gateway-0";
    private static final String WORKER = "worker-0";

    private final Options options;
    private final PrintStream out;

    /// What a run is to be.
    ///
    /// @param rounds power cuts
    /// @param synced whether what the processes flush is flushed; if not, the bench must see losses
    /// @param folder for logs, histories and disks, emptied first
    record Options(int rounds, long seed, int perSecond, int keys, boolean synced, Path folder) {}

    PowerBench(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    CrashReport run() {
        long start = System.nanoTime();
        Volume.release(options.folder());
        Folders.empty(options.folder());
        Path image = options.folder().resolve("disk.img");
        Path mounted = options.folder().resolve("disk");
        Random random = new Random(options.seed());
        try (Power power = new Power(Volume.create(image, mounted, MEGABYTES));
                Stores stores = new Stores(Engine.SQLITE, Engine.SQLITE, mounted, List.of(), 0)) {
            CrashFleet fleet = new CrashFleet(options.folder(), stores, 1, 1);
            // The processes end before their disk goes.
            try (fleet) {
                return run(start, random, power, stores, fleet);
            } catch (RuntimeException e) {
                out.println(fleet.logTails());
                throw e;
            }
        }
    }

    private CrashReport run(long start, Random random, Power power, Stores stores, CrashFleet fleet) {
        stores.effects().create();
        if (!options.synced()) {
            Map<String, String> environment =
                    NoSync.environment(options.folder().resolve("nosync"));
            Stream.of(GATEWAY, WORKER).forEach(name -> fleet.environment(name, environment));
        }
        fleet.start();
        Traffic traffic = new Traffic(
                options.folder(), List.of(fleet.address(GATEWAY)), false, options.perSecond(), options.keys());
        try (traffic) {
            traffic.start();
            for (int round = 1; round <= options.rounds(); round++) {
                traffic.goOnUntil(100);
                traffic.goOn(random.nextInt(200, 3_000));
                cut(power, fleet);
                // Without sync it may be gone with all its rows, and the worker would fail for ever.
                stores.effects().create();
                fleet.startWorker(WORKER);
                fleet.startGateway(GATEWAY);
                fleet.awaitWhole();
                say("power cut %d of %d: %,d acknowledged", round, options.rounds(), traffic.acknowledged());
            }
            traffic.finish(Duration.ofSeconds(60));
        }
        String setting =
                "power cuts, " + (options.synced() ? "synced" : "sync switched off") + ", seed " + options.seed();
        return new Reckoning(options.folder(), setting, false, start, out)
                .report(fleet, stores, traffic, options.rounds(), Map.of());
    }

    private void cut(Power power, CrashFleet fleet) {
        List<String> names = List.of(GATEWAY, WORKER);
        names.forEach(name -> fleet.process(name).pause());
        Path copy = options.folder().resolve("copy.img");
        power.volume.copyTo(copy);
        names.forEach(name -> fleet.process(name).kill());
        power.restore(copy);
    }

    /// The disk that is mounted at the moment.
    private static final class Power implements AutoCloseable {
        private Volume volume;

        private Power(Volume volume) {
            this.volume = volume;
        }

        private void restore(Path copy) {
            volume.close();
            try {
                Files.move(copy, volume.image(), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            volume = Volume.mount(volume.image(), volume.folder());
        }

        @Override
        public void close() {
            volume.close();
        }
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
