package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A file of `wire/test-vectors`; its README says the form.
record TestVector(String name, Map<String, String> values, Map<String, String> metadata, String hex) {
    private static final Path FOLDER = Path.of("test-vectors");

    /// All well-formed frames.
    static Stream<TestVector> all() {
        return in(FOLDER);
    }

    /// All bytes that must be rejected.
    static Stream<TestVector> malformed() {
        return in(FOLDER.resolve("malformed"));
    }

    static TestVector named(String name) {
        return read(FOLDER.resolve(name + ".txt"));
    }

    private static Stream<TestVector> in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<TestVector> vectors = files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .map(TestVector::read)
                    .toList();
            return vectors.stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TestVector read(Path file) {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        List<String> lines = lines(file);
        int empty = lines.indexOf("");
        for (String line : lines.subList(0, empty)) {
            if (line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split(": ", 2);
            if (parts[0].equals("metadata")) {
                String[] entry = parts[1].split("=", 2);
                metadata.put(entry[0], entry[1]);
            } else {
                values.put(parts[0], parts[1]);
            }
        }
        String hex = String.join("", lines.subList(empty, lines.size())).replace(" ", "");
        return new TestVector(String.valueOf(file.getFileName()), values, metadata, hex);
    }

    private static List<String> lines(Path file) {
        try {
            return new ArrayList<>(Files.readAllLines(file, UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    ByteBuf buffer() {
        return Unpooled.wrappedBuffer(bytes());
    }

    String text(String key) {
        return values.getOrDefault(key, "");
    }

    long number(String key) {
        return Long.parseLong(values.getOrDefault(key, "0"));
    }

    byte type() {
        String type = text("type");
        for (byte known = FrameType.HELLO; known <= FrameType.AUTH; known++) {
            if (FrameType.name(known).equals(type)) {
                return known;
            }
        }
        return (byte) Integer.parseInt(type);
    }

    byte[] payload() {
        return values.containsKey("payload-hex")
                ? HexFormat.ofDelimiter(" ").parseHex(text("payload-hex"))
                : text("payload").getBytes(UTF_8);
    }

    @Override
    public String toString() {
        return name;
    }
}
