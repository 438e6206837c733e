package io.fairlead.gateway.framing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The framings by name: those that come with the gateway and those that a user added. Immutable and thread-safe.
public final class Framings {

    private static final String TERMINATOR = "terminator";

    /// Handled by the native listener, so no custom framing may take the name.
    private static final String NATIVE = "native";

    private static final Map<String, Integer> LENGTH_HEADER_BYTES = Map.of("length1", 1, "length2", 2, "length4", 4);

    private final Map<String, Framing> byName = new TreeMap<>();
    private final SortedSet<String> names = new TreeSet<>(LENGTH_HEADER_BYTES.keySet());

    /// The framings that come with the gateway.
    public Framings() {
        this(List.of());
    }

    /// @param custom framings of the user's own
    /// @throws IllegalArgumentException if one has a name that is taken
    public Framings(Collection<? extends Framing> custom) {
        names.add(TERMINATOR);
        add(new LineFraming());
        add(new TerminatorFraming("crlf", (byte) '\r', (byte) '\n'));
        add(EnvelopeFraming.stxEtx());
        add(EnvelopeFraming.mllp());
        add(new OctetCountedFraming());
        custom.forEach(this::add);
    }

    private void add(Framing framing) {
        String name = framing.name();
        if (NATIVE.equals(name) || !names.add(name)) {
            throw new IllegalArgumentException(
                    "framing: name '" + name + "' of " + framing.getClass().getName() + " is taken (expected: none of "
                            + names + " and " + NATIVE + "): give it another name");
        }
        byName.put(name, framing);
    }

    /// Names that [#of] knows, sorted; `native` is not among them.
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(names);
    }

    /// The framing that the settings ask for.
    ///
    /// @throws IllegalArgumentException if the name is not known or an option does not belong to it; the message
    ///     says which are possible
    public Framing of(FramingSpec spec) {
        String name = spec.name();
        Integer headerBytes = LENGTH_HEADER_BYTES.get(name);
        if (spec.lengthIncludesHeader() && headerBytes == null) {
            throw new IllegalArgumentException("length-includes-header: true (expected: only with "
                    + new TreeSet<>(LENGTH_HEADER_BYTES.keySet()) + "; framing is '" + name + "'): remove it");
        }
        String terminator = spec.terminator();
        if (TERMINATOR.equals(name)) {
            return new TerminatorFraming(name, terminatorBytes(terminator));
        }
        if (terminator != null) {
            throw new IllegalArgumentException("terminator: set (expected: only with framing '" + TERMINATOR
                    + "'; framing is '" + name + "'): remove it");
        }
        if (headerBytes != null) {
            return new LengthFraming(name, headerBytes, spec.lengthIncludesHeader());
        }
        Framing framing = byName.get(name);
        if (framing == null) {
            throw new IllegalArgumentException("framing: '" + name + "' is not known (expected: one of " + names
                    + "): correct the name or add a Framing bean that has it");
        }
        return framing;
    }

    /// Reads the notation that [FramingSpec#terminator()] describes.
    private static byte[] terminatorBytes(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            throw new IllegalArgumentException(
                    "terminator: empty (expected: at least one byte, for example \\r\\n or \\x1c): set it");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            if (codePoint != '\\') {
                bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            char escape = i < text.length() ? text.charAt(i) : ' ';
            i++;
            switch (escape) {
                case 'r' -> bytes.write('\r');
                case 'n' -> bytes.write('\n');
                case 't' -> bytes.write('\t');
                case '0' -> bytes.write(0);
                case '\\' -> bytes.write('\\');
                case 'x' -> {
                    bytes.write(hexByte(text, i));
                    i += 2;
                }
                default -> throw badEscape(text);
            }
        }
        return bytes.toByteArray();
    }

    private static int hexByte(String text, int index) {
        if (index + 2 > text.length()) {
            throw badEscape(text);
        }
        int high = Character.digit(text.charAt(index), 16);
        int low = Character.digit(text.charAt(index + 1), 16);
        if (high < 0 || low < 0) {
            throw badEscape(text);
        }
        return high << 4 | low;
    }

    private static IllegalArgumentException badEscape(String text) {
        return new IllegalArgumentException(
                "terminator: '" + text + "' has an unknown escape (expected: \\r \\n \\t \\0 \\\\ \\xHH): correct it");
    }
}
