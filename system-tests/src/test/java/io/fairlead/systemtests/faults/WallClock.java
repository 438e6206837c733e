package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A wall clock of their own for some processes. Linux has no namespace for CLOCK_REALTIME, so it is
/// libfaketime, loaded into them, that adds an offset; their monotonic clock stays the machine's. The offset
/// is read anew every second. A JVM asks for the time so often that under it none of this fleet's runs has ended:
/// whoever wants to try names the fault.
final class WallClock {
    /// Why clocks do not step unless asked for by name, as one line.
    static final String WHY_NOT = "Without clock-step: Linux has no namespace for the wall clock, and a JVM under"
            + " libfaketime starts too slowly for a run to end; --fault clock-step tries it.";

    /// The processes that have this clock.
    static final String WORKER = "worker-2";

    static final String REGISTRY = "registry-1";

    private static final List<Path> LIBRARIES = Stream.of("x86_64-linux-gnu", "aarch64-linux-gnu")
            .map(system -> Path.of("/usr/lib", system, "faketime", "libfaketimeMT.so.1"))
            .toList();

    private final Path offset;

    /// @param folder for the file that holds the offset
    WallClock(Path folder) {
        offset = folder.resolve("clock");
        step("+0");
    }

    /// The library; empty if it is not installed, and clocks cannot step.
    static Optional<Path> library() {
        return LIBRARIES.stream().filter(Files::isRegularFile).findFirst();
    }

    /// Variables with which a process gets this clock; none where the library is missing.
    Map<String, String> environment() {
        return library()
                .map(library -> Map.of(
                        "LD_PRELOAD", library.toString(),
                        "FAKETIME_TIMESTAMP_FILE", offset.toString(),
                        "FAKETIME_CACHE_DURATION", "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                        "DONT_FAKE_MONOTONIC", "1"))
                .orElse(Map.of());
    }

    /// @param seconds with a sign, added to the machine's clock
    void step(String seconds) {
        try {
            Files.createDirectories(offset.getParent());
            // Written elsewhere and moved, so that nobody reads half of it.
            Path fresh = Files.writeString(offset.resolveSibling("clock.new"), seconds + "\n", UTF_8);
            Files.move(fresh, offset, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
