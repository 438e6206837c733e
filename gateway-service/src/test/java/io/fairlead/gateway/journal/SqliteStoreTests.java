package io.fairlead.gateway.journal;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTests extends MessageStoreContract {
    @TempDir
    Path directory;

    @Override
    MessageStore open() {
        return MessageStores.open(new JournalProperties(
                "jdbc:sqlite:" + directory.resolve("made/journal.db"), null, null, 6, Duration.ofHours(1), 100_000));
    }
}
