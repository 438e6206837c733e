package io.fairlead.gateway.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.SavedFleet;
import io.fairlead.link.discovery.ServiceOffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class ViewFileTests {
    private static final SavedFleet FLEET = new SavedFleet(
            SavedFleet.FORMAT,
            Instant.parse("2026-11-22T12:00:00Z"),
            List.of(new SavedFleet.Entry(
                    new Instance(
                            "w",
                            5,
                            3,
                            "10.0.0.1",
                            7600,
                            "a",
                            50,
                            8,
                            InstanceState.DRAINING,
                            0,
                            List.of(new ServiceOffer("echo", List.of(new MethodOffer("upper", true, false))))),
                    List.of("one:7500"))));

    @TempDir
    Path folder;

    private Path path;

    private ViewFile file() {
        path = folder.resolve("data").resolve("view.json");
        return new ViewFile(path);
    }

    @Test
    void readsWhatItWroteLast() throws IOException {
        ViewFile file = file();
        assertThat(file.load()).as("nothing yet").isEmpty();
        file.save(new SavedFleet(SavedFleet.FORMAT, Instant.EPOCH, List.of()));
        file.save(FLEET);
        assertThat(file().load()).contains(FLEET);
        try (Stream<Path> files = Files.list(path.getParent())) {
            assertThat(files).as("no half-written file stays").containsExactly(path);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{\"format\":1,\"savedAt\":\"2026-11-22T12:00:00Z\",\"instances\":[{\"inst",
                "{\"format\":1,\"instances\":[]}",
                "{\"format\":2,\"savedAt\":\"2026-11-22T12:00:00Z\",\"instances\":[]}",
                "{\"format\":1,\"savedAt\":\"2026-11-22T12:00:00Z\",\"instances\":[{}]}"
            })
    void aFileThatCannotBeReadIsPutAside(String text, CapturedOutput output) throws IOException {
        ViewFile file = file();
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        assertThat(file.load()).isEmpty();
        assertThat(output).contains("is ignored").contains("view.json.corrupt");
        assertThat(path.resolveSibling("view.json.corrupt")).hasContent(text);
        assertThat(path).doesNotExist();
        file.save(FLEET);
        assertThat(file.load()).contains(FLEET);
    }

    @Test
    void aFolderThatTakesNothingKeepsWhatWasThere() throws IOException {
        Path notAFolder = Files.createFile(folder.resolve("plain"));
        ViewFile file = new ViewFile(notAFolder.resolve("view.json"));
        assertThatThrownBy(() -> file.save(FLEET)).isInstanceOf(IOException.class);
        assertThat(file.load()).isEmpty();
    }
}
