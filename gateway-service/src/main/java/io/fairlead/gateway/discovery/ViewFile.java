package io.fairlead.gateway.discovery;

import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.SavedFleet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last known good view of the fleet on disk. One thread at a time.
///
/// Written as a whole: to another file first, which is forced to the disk and then takes the name, so that a reader
/// finds the former view or the new one, also after a loss of power.
final class ViewFile {
    private static final Logger log = LoggerFactory.getLogger(ViewFile.class);

    /// Far above what the limit on instances allows.
    private static final long MAX_BYTES = 256L * 1024 * 1024;

    private final Path path;

    ViewFile(Path path) {
        this.path = path.toAbsolutePath().normalize();
    }

    Path path() {
        return path;
    }

    /// What was saved last; empty if nothing was, or nothing that can be read: such a file is put aside.
    Optional<SavedFleet> load() {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            long bytes = Files.size(path);
            if (bytes > MAX_BYTES) {
                throw new IllegalArgumentException(bytes + " bytes (expected: at most " + MAX_BYTES + ")");
            }
            return Optional.of(DiscoveryJson.read(Files.readAllBytes(path), SavedFleet.class));
        } catch (IllegalArgumentException e) {
            putAside(e);
        } catch (IOException e) {
            log.warn("The last known view {} cannot be read and is ignored: {}", path, e.toString());
        }
        return Optional.empty();
    }

    private void putAside(IllegalArgumentException why) {
        Path copy = path.resolveSibling(path.getFileName() + ".corrupt");
        try {
            Files.move(path, copy, StandardCopyOption.REPLACE_EXISTING);
            log.warn(
                    "The last known view {} is ignored: {}. A copy is kept as {}; the next change of the fleet is"
                            + " written anew",
                    path,
                    why.getMessage(),
                    copy);
        } catch (IOException e) {
            log.warn(
                    "The last known view {} is ignored: {}, and cannot be put aside: {}",
                    path,
                    why.getMessage(),
                    e.toString());
        }
    }

    /// Replaces what was saved.
    ///
    /// @throws IOException if it cannot be written; what was saved before stays
    void save(SavedFleet fleet) throws IOException {
        Path folder = path.resolveSibling(".").normalize();
        Files.createDirectories(folder);
        // A name of its own: another process may have been given the same path.
        Path next = Files.createTempFile(folder, path.getFileName().toString(), ".tmp");
        try {
            ByteBuffer bytes = ByteBuffer.wrap(DiscoveryJson.write(fleet));
            try (FileChannel file = FileChannel.open(next, StandardOpenOption.WRITE)) {
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            }
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(folder);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    /// The new name is on the disk once its folder is; not every system can open a folder.
    private static void force(Path folder) {
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException e) {
            log.debug("{} cannot be forced to the disk", folder, e);
        }
    }
}
