package io.fairlead.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What one producer has written down, by number.
final class SendHistory {
    private final String producer;
    private final List<@Nullable Entry> entries = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private long refusals;

    /// What became of a message.
    static final class Entry {
        private final int key;
        private long gateways;
        private int acknowledgedBy = -1;
        private @Nullable String answer;
        private int lastGateway;

        private Entry(int key) {
            this.key = key;
        }

        int key() {
            return key;
        }

        boolean isAcknowledged() {
            return acknowledgedBy >= 0;
        }

        /// The gateway of the acknowledgement; -1 if there is none.
        int acknowledgedBy() {
            return acknowledgedBy;
        }

        /// Whether it was never sent to another gateway than this one.
        boolean wentOnlyTo(int gateway) {
            return gateways == 1L << gateway;
        }

        @Nullable String answer() {
            return answer;
        }
    }

    private SendHistory(String producer) {
        this.producer = producer;
    }

    static List<SendHistory> readAll(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(SendLog.SUFFIX))
                    .sorted()
                    .map(SendHistory::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SendHistory read(Path file) {
        String name = file.getFileName().toString();
        try (BufferedReader lines = Files.newBufferedReader(file, UTF_8)) {
            return parse(name.substring(0, name.length() - SendLog.SUFFIX.length()), lines.lines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SendHistory parse(String producer, Stream<String> lines) {
        SendHistory history = new SendHistory(producer);
        lines.forEach(history::add);
        return history;
    }

    private void add(String line) {
        String[] fields = line.split("\t", 5);
        int number = Integer.parseInt(fields[1]);
        switch (fields[0]) {
            case "send" -> {
                Entry entry = entry(number, Integer.parseInt(fields[2]));
                entry.lastGateway = Integer.parseInt(fields[3]);
                entry.gateways |= 1L << entry.lastGateway;
            }
            case "ack" -> {
                Entry entry = sent(number, line);
                if (entry.isAcknowledged()) {
                    wrong.add(producer + "-" + number + ": acknowledged twice");
                }
                // One attempt at a time: the answer is to the last one.
                entry.acknowledgedBy = entry.lastGateway;
                entry.answer = fields[3];
            }
            case "no" -> refusals++;
            case "wrong" -> wrong.add(producer + "-" + number + ": " + fields[3]);
            default ->
                throw new IllegalArgumentException("history line: " + line + " (expected: send, ack, no or wrong)");
        }
    }

    private Entry entry(int number, int key) {
        while (entries.size() <= number) {
            entries.add(null);
        }
        Entry entry = entries.get(number);
        if (entry == null) {
            entry = new Entry(key);
            entries.set(number, entry);
        }
        return entry;
    }

    private Entry sent(int number, String line) {
        Entry entry = find(number);
        if (entry == null) {
            throw new IllegalArgumentException("history line: " + line + " (expected: its send before)");
        }
        return entry;
    }

    String producer() {
        return producer;
    }

    /// Numbers are below it.
    int size() {
        return entries.size();
    }

    /// Null if it was never sent.
    @Nullable Entry find(int number) {
        return number >= 0 && number < entries.size() ? entries.get(number) : null;
    }

    /// Answers that belong to something else.
    List<String> wrong() {
        return wrong;
    }

    /// Attempts without an acknowledgement.
    long refusals() {
        return refusals;
    }
}
