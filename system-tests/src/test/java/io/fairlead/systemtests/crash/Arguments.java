package io.fairlead.systemtests.crash;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/// `--name value` pairs of a command line.
///
/// @param values by name, without the dashes
record Arguments(Map<String, String> values) {
    /// @throws IllegalArgumentException if a name is not among those known, or has no value
    static Arguments parse(String[] args, Set<String> known) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || !known.contains(args[i].substring(2))) {
                throw new IllegalArgumentException(args[i] + ": unknown (expected: one of " + known + ")");
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + ": no value");
            }
            values.put(args[i].substring(2), args[i + 1]);
        }
        return new Arguments(values);
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        return Integer.parseInt(text(name, String.valueOf(otherwise)));
    }

    /// Drawn if it is not given.
    long seed() {
        return Long.parseLong(
                text("seed", String.valueOf(ThreadLocalRandom.current().nextInt(1_000_000))));
    }
}
