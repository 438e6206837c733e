package io.fairlead.systemtests.crash;

import java.util.Locale;

/// What keeps a journal or an inbox.
enum Engine {
    /// A file: of each gateway its own journal; of the workers one inbox, which they share on this machine.
    SQLITE,
    /// A server, shared by all.
    POSTGRES;

    static Engine parse(String text) {
        for (Engine engine : values()) {
            if (engine.text().equals(text)) {
                return engine;
            }
        }
        throw new IllegalArgumentException("engine: " + text + " (expected: sqlite or postgres)");
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
