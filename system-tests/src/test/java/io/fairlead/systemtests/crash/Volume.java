package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Folders;
import io.fairlead.systemtests.nodes.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// A small disk of its own: ext4 in a file, through a loop device. Needs root.
///
/// The loop device reads and writes its file directly (`--direct-io=on`), where the system can: then no cache
/// of the host's stands between what the file system has written and what the file holds. `commit=60`: the file
/// system's own timer does not write for us what nobody has asked to be written.
final class Volume implements AutoCloseable {
    private static final int TRIES = 50;
    private static final Set<Volume> MOUNTED = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> MOUNTED.forEach(Volume::detach)));
    }

    private final Path image;
    private final Path folder;
    private String device = "";

    private Volume(Path image, Path folder) {
        this.image = image;
        this.folder = folder;
    }

    /// Why there can be none here; empty if there can.
    static Optional<String> whyNot(Path scratch) {
        try {
            create(scratch.resolve("trial.img"), scratch.resolve("trial"), 16).close();
            return Optional.empty();
        } catch (IllegalStateException | UncheckedIOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /// Unmounts what a run that was killed has left below a folder.
    static void release(Path below) {
        String prefix = below.toAbsolutePath().normalize() + "/";
        try (Stream<String> mounts = Files.lines(Path.of("/proc/mounts"))) {
            mounts.map(line -> line.split(" "))
                    .filter(fields -> fields[0].startsWith("/dev/loop") && fields[1].startsWith(prefix))
                    .forEach(fields -> detach(fields[0], fields[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Lazily: whoever still uses it may end later.
    private void detach() {
        detach(device, folder.toString());
    }

    private static void detach(String device, String folder) {
        Shell.attempt(List.of("umount", "-l", folder));
        Shell.attempt(List.of("losetup", "-d", device));
    }

    /// Makes a file system and mounts it.
    ///
    /// @throws IllegalStateException if that is not permitted
    static Volume create(Path image, Path folder, int megabytes) {
        try {
            Files.createDirectories(image.toAbsolutePath().getParent());
            Files.deleteIfExists(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Shell.run("truncate", "-s", megabytes + "M", image.toString());
        // No blocks kept for root, who would never meet a full disk otherwise.
        Shell.run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
        return mount(image, folder);
    }

    /// Mounts a file system that is there, as after a power cut: its journal is replayed.
    static Volume mount(Path image, Path folder) {
        Volume volume = new Volume(image, folder);
        Folders.empty(folder);
        volume.device = volume.loop();
        try {
            Shell.run("mount", "-o", "commit=60", volume.device, folder.toString());
        } catch (IllegalStateException e) {
            Shell.attempt(List.of("losetup", "-d", volume.device));
            throw e;
        }
        MOUNTED.add(volume);
        return volume;
    }

    private String loop() {
        Shell.Result direct = Shell.attempt(List.of("losetup", "-f", "--show", "--direct-io=on", image.toString()));
        return direct.exit() == 0
                ? direct.output().lines().toList().getLast()
                : Shell.run("losetup", "-f", "--show", image.toString());
    }

    Path folder() {
        return folder;
    }

    Path image() {
        return image;
    }

    /// Takes all the room that is left.
    void fill() {
        byte[] zeros = new byte[1 << 20];
        long free = freeBytes();
        if (free > zeros.length) {
            // Room alone, nothing is written: a disk of any size is full at once.
            Shell.attempt(
                    List.of("fallocate", "-l", Long.toString(free), filler(0).toString()));
        }
        // What metadata of the first file had to leave.
        for (int size = zeros.length, part = 1; size >= 4_096; part++) {
            if (Shell.attempt(List.of(
                                    "fallocate",
                                    "-l",
                                    Integer.toString(size),
                                    filler(part).toString()))
                            .exit()
                    != 0) {
                size /= 2;
            }
        }
    }

    /// Gives it back.
    void free() {
        try (var files = Files.list(folder)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("filler-"))
                    .toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path filler(int part) {
        return folder.resolve("filler-" + part);
    }

    private long freeBytes() {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Copies what the disk holds at this moment: not what the file system has yet to write. Whoever writes to
    /// it must have been stopped. If the system's own writer came in between, copies again, so that the copy is
    /// of one moment.
    void copyTo(Path copy) {
        for (int i = 0; i < TRIES; i++) {
            String before = written();
            Shell.run("cp", "--sparse=always", image.toString(), copy.toString());
            if (written().equals(before)) {
                return;
            }
        }
        throw new IllegalStateException(image + ": is written to all the time, tries: " + TRIES);
    }

    /// How many writes the device has completed and has in progress.
    private String written() {
        Path statistics = Path.of("/sys/block", Path.of(device).getFileName().toString(), "stat");
        try {
            String[] fields = Files.readString(statistics).strip().split("\\s+");
            return fields[4] + " " + fields[8];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Unmounts it; nobody may use it any more.
    @Override
    public void close() {
        if (MOUNTED.remove(this)) {
            Shell.run("umount", folder.toString());
            Shell.run("losetup", "-d", device);
        }
    }
}
