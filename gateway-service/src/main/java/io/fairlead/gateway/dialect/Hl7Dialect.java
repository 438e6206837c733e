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
/// A durable message is acknowledged by such a message, too, without `ERR`. What MSH-15 and MSH-16 of the
/// request say decides:
///
/// | MSH-15, MSH-16 | kept | refused |
/// | --- | --- | --- |
/// | both empty (original mode) | `AA` | `AR`, `AE` as above |
/// | `AL`, or anything but the following | `CA` | `CR` if certainly not kept, else `CE` |
/// | `SU` | `CA` | no answer |
/// | `ER` | no answer | `CR`, `CE` |
/// | `NE` | no answer | no answer |
///
/// An application acknowledgment, for which MSH-16 asks in enhanced mode, is never sent: the handler runs
/// later.
///
/// A request without a readable `MSH` has no answer. The key is the control id: MSH-10 of a request, MSA-2 of
/// a reply.
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
        Hl7Segment header = readable(request);
        if (header == null) {
            return null;
        }
        String code = refusal.kind() == Refusal.Kind.NOT_ACCEPTED ? "AR" : "AE";
        return answer(header, code, refusal, allocator);
    }

    @Override
    public boolean acknowledges() {
        return true;
    }

    @Override
    public boolean acknowledges(ByteBuf request) {
        return readable(request) != null;
    }

    @Override
    public Acknowledgement acknowledge(ByteBuf request, String messageId, ByteBufAllocator allocator) {
        Hl7Segment header = readable(request);
        if (header == null) {
            return Acknowledgement.Silent.IMPOSSIBLE;
        }
        return switch (Wish.of(header)) {
            case ORIGINAL_MODE -> new Acknowledgement.Answer(answer(header, "AA", null, allocator));
            case ALWAYS, SUCCESSES -> new Acknowledgement.Answer(answer(header, "CA", null, allocator));
            case REFUSALS, NEVER -> Acknowledgement.Silent.NOT_WANTED;
        };
    }

    @Override
    public Acknowledgement refuseMessage(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
        Hl7Segment header = readable(request);
        if (header == null) {
            return Acknowledgement.Silent.IMPOSSIBLE;
        }
        String code = refusal.kind() == Refusal.Kind.NOT_ACCEPTED ? "CR" : "CE";
        return switch (Wish.of(header)) {
            case ORIGINAL_MODE -> Acknowledgement.of(refuse(request, refusal, allocator));
            case ALWAYS, REFUSALS -> new Acknowledgement.Answer(answer(header, code, refusal, allocator));
            case SUCCESSES, NEVER -> Acknowledgement.Silent.NOT_WANTED;
        };
    }

    /// What a request wants to hear of its having been kept.
    private enum Wish {
        ORIGINAL_MODE,
        ALWAYS,
        SUCCESSES,
        REFUSALS,
        NEVER;

        static Wish of(Hl7Segment header) {
            String accept = header.field(15);
            return switch (accept) {
                case "NE" -> NEVER;
                case "ER" -> REFUSALS;
                case "SU" -> SUCCESSES;
                // MSH-16 alone does not say; who hears too much is better off than who waits for ever.
                default -> accept.isEmpty() && header.field(16).isEmpty() ? ORIGINAL_MODE : ALWAYS;
            };
        }
    }

    /// A request's header, if it can be answered.
    private static @Nullable Hl7Segment readable(ByteBuf request) {
        Hl7Segment header = Hl7Segment.header(request);
        return header == null || header.field(2).isEmpty() ? null : header;
    }

    /// @param refusal null = there is nothing to complain of
    private ByteBuf answer(Hl7Segment header, String code, @Nullable Refusal refusal, ByteBufAllocator allocator) {
        int version = versionOf(header.field(12));
        Delimiters delimiters = new Delimiters((char) header.separator(), header.field(2), version);
        String answer = header(header, delimiters, version)
                + acknowledgment(code, header.field(10), refusal, delimiters, version)
                + (refusal == null ? "" : error(refusal, delimiters, version));
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

    private static String acknowledgment(
            String code, String controlId, @Nullable Refusal refusal, Delimiters d, int version) {
        if (refusal == null || version >= V2_5) {
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

        /// A text for a field: of ASCII, on one line, with the delimiters escaped, and at most `maxChars`
        /// long.
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
