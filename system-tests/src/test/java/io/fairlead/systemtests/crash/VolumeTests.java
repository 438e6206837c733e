package io.fairlead.systemtests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeTests {
    @TempDir
    Path folder;

    @BeforeEach
    void permitted() {
        Optional<String> whyNot = Volume.whyNot(folder);
        Assumptions.assumeTrue(whyNot.isEmpty(), whyNot::toString);
    }

    @Test
    void aFullDiskTakesNothingUntilItIsFreed() throws IOException {
        try (Volume volume = Volume.create(folder.resolve("disk.img"), folder.resolve("disk"), 32)) {
            Path file = volume.folder().resolve("file");
            volume.fill();

            assertThatIOException()
                    .isThrownBy(() -> Files.write(file, new byte[8_192]))
                    .withMessageContaining("No space left");

            volume.free();
            Files.write(file, new byte[8_192]);
            assertThat(file).hasSize(8_192);
        }
    }

    @Test
    void aPowerCutKeepsWhatWasFlushedAndNothingElse() throws IOException {
        Path image = folder.resolve("disk.img");
        Path copy = folder.resolve("copy.img");
        try (Volume volume = Volume.create(image, folder.resolve("disk"), 32)) {
            try (FileChannel flushed = FileChannel.open(
                    volume.folder().resolve("flushed"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                flushed.write(ByteBuffer.wrap(new byte[100_000]));
                flushed.force(true);
            }
            Files.write(volume.folder().resolve("written"), new byte[100_000]);
            volume.copyTo(copy);
        }

        try (Volume after = Volume.mount(copy, folder.resolve("after"))) {
            assertThat(after.folder().resolve("flushed")).hasSize(100_000);
            assertThat(after.folder().resolve("written")).doesNotExist();
        }
    }
}
