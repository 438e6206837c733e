package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What all clients and all workers wrote down.
///
/// | line | fields |
/// | --- | --- |
/// | `call` | id, kind, idempotent, gateway or `-`, sent at, deadline |
/// | `end` | id, outcome, at, detail |
/// | `ran` | id, worker, at |
/// | `up` | worker, at |
/// | `note` | for people |
///
/// @param calls in the order in which they were sent
record History(List<ClientCall> calls, List<HandlerRun> runs) {
    /// Reads all journals of a folder. A last line without its end is one that a killed process was writing.
    static History read(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<String> lines = new ArrayList<>();
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".tsv")).toList()) {
                String text = Files.readString(file, UTF_8);
                text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(lines::add);
            }
            return parse(lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static History parse(List<String> lines) {
        Map<String, ClientCall.End> ends = new LinkedHashMap<>();
        Map<String, String[]> calls = new LinkedHashMap<>();
        List<HandlerRun> runs = new ArrayList<>();
        for (String line : lines) {
            String[] fields = line.split("\t", -1);
            switch (fields[0]) {
                case "call" -> calls.put(fields[1], fields);
                case "end" -> {
                    ClientCall.End end =
                            new ClientCall.End(Outcome.valueOf(fields[2]), Long.parseLong(fields[3]), fields[4]);
                    if (ends.put(fields[1], end) != null) {
                        // Two ends of one call: the later must belong to another.
                        ends.put(fields[1], new ClientCall.End(Outcome.WRONG, end.atNanos(), "a second reply"));
                    }
                }
                case "ran" -> runs.add(new HandlerRun(fields[1], fields[2], Long.parseLong(fields[3])));
                case "up", "note" -> {}
                default ->
                    throw new IllegalArgumentException("journal line: " + line + " (expected: call, end, ran, up)");
            }
        }
        return new History(
                calls.values().stream()
                        .map(fields -> call(fields, Optional.ofNullable(ends.get(fields[1]))))
                        .sorted((a, b) -> Long.compare(a.sentNanos() - b.sentNanos(), 0))
                        .toList(),
                List.copyOf(runs));
    }

    private static ClientCall call(String[] fields, Optional<ClientCall.End> end) {
        return new ClientCall(
                fields[1],
                fields[2],
                Boolean.parseBoolean(fields[3]),
                Optional.of(fields[4]).filter(gateway -> !gateway.equals("-")),
                Long.parseLong(fields[5]),
                Long.parseLong(fields[6]),
                end);
    }
}
