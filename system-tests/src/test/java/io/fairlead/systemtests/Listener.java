package io.fairlead.systemtests;

import java.util.List;

/// A listener that a test adds to a gateway.
///
/// @param settings below `fairlead.gateway.listeners.<name>`, `setting=value`; the port is chosen
record Listener(String name, List<String> settings) {
    static Listener of(String name, String... settings) {
        return new Listener(name, List.of(settings));
    }
}
