package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `hl7`: HL7 version 2 in delimiter encoding. A refused message is answered by an acknowledgment in the
/// request's own delimiters and version:
///
/// | segment | holds |
/// | --- | --- |
/// | `MSH` | sender and receiver swapped, new time and id, `ACK^<event>^ACK`, the request's MSH-11, MSH-12 and
/// MSH-18 |
/// | `MSA` | `AR` for what has certainly not run, else `AE`; the request's control id; before version 2.5 the
/// reason |
/// | `ERR` | version 2.5 and later: error 207 (application internal error), status code, diagnosis, the reason |
/// | | before: the code of 207 in ERR-1 |
///
/// A request without a readable `MSH` has no answer. The key is the control id: MSH-10 of a request, MSA-2 of a
/// reply.
final class Hl7Dialect implements Dialect {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMddHHmmssZ", Locale.ROOT);
    private static final Pattern VERSION = Pattern.compile("2\\.(\\d)(?:\\.(\\d))?.*");

    /// Versions as minor * 10 + patch.
    private static final int V2_3_1 = 31;

    private static final int V2_5 = 50;
    private static final int V2_7 = 70;

    /// Of ERR-8 in version 2.5, and of MSA-3, which is escaped within its limit.
    private static final int MAX_REASON_CHARS = 250;

    private static final int MAX_ACK_TEXT_CHARS = 80;

    private final Clock clock;
    private final LongSupplier ids;

    Hl7Dialect(Clock clock) {
        this(clock, () -> ThreadLocalRandom.current().nextLong());
    }

    /// @param ids numbers that make control ids; should not repeat
    Hl7Dialect(Clock clock, LongSupplier ids) {
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public String name() {
        return "hl7";
    }

    @Override
    public boolean correlates() {
        return true;
    }

    @Override
    public @Nullable String requestKey(ByteBuf request) {
        Hl7Segment header = Hl7Segment.header(request);
        return header == null ? null : keyOf(header.field(10));
    }

    @Override
    public @Nullable String replyKey(ByteBuf reply) {
        Hl7Segment header = Hl7Segment.header(reply);
        Hl7Segment acknowledgment = header == null ? null : header.next("MSA");
        return acknowledgment == null ? null : keyOf(acknowledgment.field(2));
    }

    private static @Nullable String keyOf(String id) {
        return id.isEmpty() ? null : id;
    }

    @Override
    public @Nullable ByteBuf refuse(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
        Hl7Segment header = Hl7Segment.header(request);
        if (header == null || header.field(2).isEmpty()) {
            return null;
        }
        int version = versionOf(header.field(12));
        Delimiters delimiters = new Delimiters((char) header.separator(), header.field(2), version);
        String answer = header(header, delimiters, version)
                + acknowledgment(header.field(10), refusal, delimiters, version)
                + error(refusal, delimiters, version);
        byte[] bytes = answer.getBytes(StandardCharsets.ISO_8859_1);
        return allocator.buffer(bytes.length).writeBytes(bytes);
    }

    private String header(Hl7Segment request, Delimiters d, int version) {
        String[] type = request.field(9).split(Pattern.quote(String.valueOf(d.component())), -1);
        StringBuilder ackType = new StringBuilder("ACK");
        if (type.length > 1 && !type[1].isEmpty()) {
            ackType.append(d.component()).append(type[1]);
            if (version >= V2_3_1) { // the structure is a third component since then
                ackType.append(d.component()).append("ACK");
            }
        }
        String id = "F"
                + Long.toUnsignedString(ids.getAsLong(), Character.MAX_RADIX).toUpperCase(Locale.ROOT);
        String time = TIME.format(ZonedDateTime.now(clock));
        String characterSet = request.field(18);
        String[] fields = {
            "MSH",
            d.encodingCharacters(),
            request.field(5),
            request.field(6),
            request.field(3),
            request.field(4),
            time,
            "",
            ackType.toString(),
            id,
            request.field(11),
            request.field(12)
        };
        String segment = d.segment(fields);
        String separator = String.valueOf(d.field());
        return (characterSet.isEmpty() ? segment : segment + separator.repeat(6) + characterSet) + '\r';
    }

    private static String acknowledgment(String controlId, Refusal refusal, Delimiters d, int version) {
        String code = refusal.kind() == Refusal.Kind.NOT_ACCEPTED ? "AR" : "AE";
        if (version >= V2_5) {
            return d.segment("MSA", code, controlId) + '\r';
        }
        return d.segment("MSA", code, controlId, d.escape(refusal.reason(), MAX_ACK_TEXT_CHARS)) + '\r';
    }

    private static String error(Refusal refusal, Delimiters d, int version) {
        char c = d.component();
        if (version < V2_5) {
            String code = "207" + d.subcomponent() + "Application internal error" + d.subcomponent() + "HL70357";
            return d.segment("ERR", "" + c + c + c + code) + '\r';
        }
        String code = "207" + c + "Application internal error" + c + "HL70357";
        String status = d.escape(refusal.code(), MAX_REASON_CHARS);
        String reason = d.escape(refusal.reason(), MAX_REASON_CHARS);
        String diagnosis = status + ": " + d.escape(refusal.service(), MAX_REASON_CHARS) + ": " + reason;
        return d.segment("ERR", "", "", code, "E", status, "", diagnosis, reason) + '\r';
    }

    /// MSH-12 as a number; what is missing or unreadable counts as 2.5, the oldest of today's form.
    private static int versionOf(String field) {
        Matcher matcher = VERSION.matcher(field);
        if (!matcher.matches()) {
            return V2_5;
        }
        int patch = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        return Integer.parseInt(matcher.group(1)) * 10 + patch;
    }

    /// MSH-1 and MSH-2 of the request.
    private record Delimiters(char field, String encodingCharacters, int version) {

        private static final String USUAL = "^~\\&";

        char component() {
            return at(0);
        }

        char subcomponent() {
            return at(3);
        }

        private char at(int index) {
            return index < encodingCharacters.length() ? encodingCharacters.charAt(index) : USUAL.charAt(index);
        }

        String segment(String... fields) {
            return String.join(String.valueOf(field), fields);
        }

        /// A text for a field: of ASCII, on one line, with the delimiters escaped, and at most `maxChars` long.
        String escape(String text, int maxChars) {
            StringBuilder escaped = new StringBuilder();
            for (char c : Refusal.oneLine(text, maxChars).toCharArray()) {
                String next = escape(c > '~' ? '?' : c);
                if (escaped.length() + next.length() > maxChars) {
                    break;
                }
                escaped.append(next);
            }
            return escaped.toString().strip();
        }

        private String escape(char c) {
            char escape = at(2);
            String name = "";
            if (c == field) {
                name = "F";
            } else if (c == component()) {
                name = "S";
            } else if (c == at(1)) {
                name = "R";
            } else if (c == escape) {
                name = "E";
            } else if (c == subcomponent()) {
                name = "T";
            } else if (version >= V2_7 && encodingCharacters.length() > 4 && c == encodingCharacters.charAt(4)) {
                name = "P";
            }
            return name.isEmpty() ? String.valueOf(c) : escape + name + escape;
        }
    }
}
