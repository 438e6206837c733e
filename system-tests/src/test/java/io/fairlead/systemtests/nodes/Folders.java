package io.fairlead.systemtests.nodes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// Where benches keep logs and histories.
public final class Folders {
    private Folders() {}

    /// A folder below `system-tests/target`.
    public static Path target(String name) {
        return Path.of(System.getProperty("fairlead.root"), "system-tests", "target", name)
                .normalize();
    }

    /// Makes a folder, or empties it.
    public static void empty(Path folder) {
        try {
            Files.createDirectories(folder);
            try (Stream<Path> old = Files.walk(folder)) {
                for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                    if (!path.equals(folder)) {
                        Files.delete(path);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
