package io.fairlead.cli.demo;

import java.time.Instant;
import java.util.random.RandomGenerator;

/// One run of a demonstration, as its messages name it: no two runs have a key in common, since workers remember
/// keys for days and would give the answers of the earlier run.
///
/// @param id six capitals and digits
/// @param start of the traffic
record Run(String id, Instant start) {
    private static final String CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final int LENGTH = 6;

    static Run at(Instant start, RandomGenerator random) {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < LENGTH; i++) {
            id.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
        }
        return new Run(id.toString(), start);
    }

    /// The idempotency key of a message.
    String key(long number) {
        return "demo-" + id + "-" + number;
    }
}
