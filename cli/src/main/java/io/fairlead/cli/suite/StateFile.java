package io.fairlead.cli.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Remembers a suite between commands, as JSON. Written beside and moved into place, so that no reader sees half a
/// file; readable by its owner alone, because it holds the suite's credentials.
final class StateFile {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ALONE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path file;

    StateFile(Path file) {
        this.file = file;
    }

    /// What was written last; nothing if there is no file.
    ///
    /// @throws SuiteException if the file cannot be read
    SuiteState read() {
        if (!Files.exists(file)) {
            return SuiteState.NONE;
        }
        try {
            return JSON.readValue(Files.readAllBytes(file), SuiteState.class);
        } catch (IOException | JacksonException e) {
            throw new SuiteException(
                    file + " cannot be read (" + e.getMessage()
                            + "): end the suite's processes by hand, remove the file",
                    e);
        }
    }

    void write(SuiteState state) {
        try {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Path written = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(written);
            Files.createFile(written, OWNER_ALONE);
            Files.write(written, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new SuiteException(file + " cannot be written: " + e, e);
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new SuiteException(file + " cannot be removed: " + e, e);
        }
    }
}
