package io.fairlead.benchmarks.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What a load is told by its arguments, in pairs such as `--window 64`.
///
/// @param peer name of the peer
/// @param port of its server, on loopback
/// @param window in flight at a time; with a rate, at most
/// @param rate arrivals a second, or 0: the next is sent when one is answered
/// @param size bytes of a payload
/// @param warmup seconds before the measurement
/// @param seconds of the measurement
/// @param cpuPids processes whose CPU time is to be measured, their descendants included
/// @param result file for the figures
public record LoadOptions(
        String peer,
        int port,
        int window,
        double rate,
        int size,
        double warmup,
        double seconds,
        List<Long> cpuPids,
        String result) {

    static LoadOptions parse(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
        }
        return new LoadOptions(
                option(options, "peer"),
                Integer.parseInt(option(options, "port")),
                Integer.parseInt(option(options, "window")),
                Double.parseDouble(options.getOrDefault("rate", "0")),
                Integer.parseInt(option(options, "size")),
                Double.parseDouble(option(options, "warmup")),
                Double.parseDouble(option(options, "seconds")),
                Stream.of(option(options, "cpu-pid").split(",", -1))
                        .map(Long::valueOf)
                        .toList(),
                option(options, "result"));
    }

    private static String option(Map<String, String> options, String name) {
        String value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + ": missing");
        }
        return value;
    }
}
