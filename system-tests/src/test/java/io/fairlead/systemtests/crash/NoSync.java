package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes from processes what makes data durable, without changing them: a library before the C library, in
/// which `fsync` and its kind do nothing and say that all is well. Made by `gcc`.
final class NoSync {
    private static final String SOURCE = """
            int fsync(int file) { return 0; }
            int fdatasync(int file) { return 0; }
            int sync_file_range(int file, long long from, long long bytes, unsigned flags) { return 0; }
            int msync(void *address, unsigned long bytes, int flags) { return 0; }
            """;

    private NoSync() {}

    /// Why it cannot be made here; empty if it can.
    static Optional<String> whyNot() {
        return Shell.attempt(List.of("gcc", "--version")).exit() == 0
                ? Optional.empty()
                : Optional.of("gcc is not installed");
    }

    /// Variables for the environment of such a process.
    static Map<String, String> environment(Path folder) {
        Path source = folder.resolve("nosync.c");
        Path library = folder.resolve("libnosync.so");
        try {
            Files.createDirectories(folder);
            Files.writeString(source, SOURCE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Shell.run("gcc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString());
        return Map.of("LD_PRELOAD", library.toAbsolutePath().toString());
    }
}
