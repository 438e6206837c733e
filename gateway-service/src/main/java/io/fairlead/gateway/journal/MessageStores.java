package io.fairlead.gateway.journal;

import java.nio.file.Path;

/// Opens stores: the URL's prefix decides the engine.
public final class MessageStores {
    private MessageStores() {}

    /// Opens the store, and makes it if there is none.
    ///
    /// @throws StoreException if it cannot be used; the message says what to do
    public static MessageStore open(JournalProperties properties) {
        if (properties.url().startsWith(JournalProperties.SQLITE)) {
            return SqliteStore.open(Path.of(properties.url().substring(JournalProperties.SQLITE.length())));
        }
        return PostgresStore.open(properties, PostgresStore.LEASE_MILLIS);
    }
}
