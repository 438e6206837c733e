package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// A card authorization as a terminal sends it: ISO 8583:1987 in ASCII with a hexadecimal bitmap, 0100, repeated as
/// 0101.
///
/// The worker approves up to 1,000.00 and signs each approval with a code made of the request's own fields, so that an
/// answer that was mixed up shows even if its trace number fits.
public final class CardMessage implements Exchange {
    private static final Run EXAMPLE = new Run("DEMO00", Instant.parse("2026-07-04T00:00:00Z"));
    private static final DateTimeFormatter TRANSMISSION_TIME =
            DateTimeFormatter.ofPattern("MMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final long TRACE_NUMBERS = 1_000_000;
    private static final long BALANCE = 100_000;
    private static final String APPROVED = "00";
    private static final String INSUFFICIENT_FUNDS = "51";
    private static final String INOPERATIVE = "91";
    private static final String MALFUNCTION = "96";

    /// Lengths of the fields that requests and responses have; 0: two digits in front say it.
    private static final Map<Integer, Integer> LENGTHS =
            Map.of(2, 0, 3, 6, 4, 12, 7, 10, 11, 6, 38, 6, 39, 2, 41, 8, 49, 3);

    private final SortedMap<Integer, String> fields;

    /// What tells messages apart is the time of transmission (7), the trace number (11), which wraps, and the terminal
    /// (41).
    ///
    /// @param terminal 0 to 99
    CardMessage(Run run, long number, int terminal) {
        // Every eighth asks for more than there is.
        long amount = number % 8 == 7 ? BALANCE + 1 + number % 1000 : 100 + number * 37 % (BALANCE - 100);
        fields = new TreeMap<>(Map.of(
                2,
                "4111111111111111",
                3,
                "000000",
                4,
                digits(amount, 12),
                7,
                TRANSMISSION_TIME.format(run.start().plusSeconds(number / TRACE_NUMBERS)),
                11,
                digits(number % TRACE_NUMBERS, 6),
                41,
                run.id() + digits(terminal, 2),
                49,
                "978"));
    }

    /// A request for `printf`, with its length in front.
    public static String printfExample() {
        byte[] request = new CardMessage(EXAMPLE, 1, 1).request();
        return String.format(Locale.ROOT, "\\%03o\\%03o", request.length >>> 8, request.length & 0xff)
                + new String(request, ISO_8859_1);
    }

    @Override
    public byte[] request() {
        return write("0100");
    }

    @Override
    public byte[] repeat() {
        return write("0101");
    }

    @Override
    public byte[] afterReconnect() {
        return repeat();
    }

    @Override
    public Outcome judge(byte[] reply) {
        Map<Integer, String> answer = read(new String(reply, ISO_8859_1));
        if (answer == null || !isAnswerToThis(answer)) {
            return Outcome.WRONG;
        }
        return switch (answer.getOrDefault(39, "")) {
            case APPROVED ->
                isAffordable() && authorizationCode().equals(answer.get(38)) ? Outcome.RIGHT : Outcome.WRONG;
            case INSUFFICIENT_FUNDS -> isAffordable() ? Outcome.WRONG : Outcome.RIGHT;
            case INOPERATIVE -> Outcome.FAILED;
            case MALFUNCTION -> Outcome.UNKNOWN;
            default -> Outcome.WRONG;
        };
    }

    private boolean isAnswerToThis(Map<Integer, String> answer) {
        return fields.entrySet().stream().allMatch(field -> field.getValue().equals(answer.get(field.getKey())));
    }

    private boolean isAffordable() {
        return Long.parseLong(fields.get(4)) <= BALANCE;
    }

    private String authorizationCode() {
        CRC32 crc = new CRC32();
        for (int field : new int[] {4, 7, 11, 41}) {
            crc.update(String.valueOf(fields.get(field)).getBytes(ISO_8859_1));
        }
        return digits(crc.getValue() % 1_000_000, 6);
    }

    private byte[] write(String type) {
        long bitmap = 0;
        StringBuilder body = new StringBuilder();
        for (Map.Entry<Integer, String> field : fields.entrySet()) {
            bitmap |= 1L << (64 - field.getKey());
            if (LENGTHS.getOrDefault(field.getKey(), 0) == 0) {
                body.append(digits(field.getValue().length(), 2));
            }
            body.append(field.getValue());
        }
        return (type + String.format(Locale.ROOT, "%016X", bitmap) + body).getBytes(ISO_8859_1);
    }

    /// The fields of a 0110; null if it is none or has others than ours.
    private static @Nullable Map<Integer, String> read(String text) {
        if (text.length() < 20 || !text.startsWith("0110")) {
            return null;
        }
        Map<Integer, String> read = new TreeMap<>();
        try {
            long bitmap = Long.parseUnsignedLong(text.substring(4, 20), 16);
            int at = 20;
            for (int field = 1; field <= 64; field++) {
                if ((bitmap >>> (64 - field) & 1) == 0) {
                    continue;
                }
                Integer length = LENGTHS.get(field);
                if (length == null) {
                    return null;
                }
                if (length == 0) {
                    length = Integer.parseInt(text.substring(at, at + 2));
                    at += 2;
                }
                read.put(field, text.substring(at, at + length));
                at += length;
            }
            return at == text.length() ? read : null;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return null; // not such a message, which is what the caller hears
        }
    }

    private static String digits(long number, int width) {
        String digits = Long.toString(number);
        return "0".repeat(Math.max(0, width - digits.length())) + digits;
    }
}
