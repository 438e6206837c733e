package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// `iso8583`: card payments. A refused request is answered by its response: message type plus 10, where a
/// repeat is answered like the first (0100 and 0101 → 0110, 0220 → 0230); field 39 is 91 (issuer or switch
/// inoperative) for what was not accepted or timed out, 30 (format error) for what was not accepted as it is
/// malformed, and 96 (system malfunction) for what failed or may have run; the other
/// fields are the request's, byte by byte, except those of [Iso8583Settings#omittedFields()]. A response, a
/// notification, and a message that cannot be read to its last byte have no answer.
///
/// As durable messages only advices (0120, 0220, 0420 and the like) are taken, whose response has 00 in field
/// 39, and notifications (0140), which have no response. A request (0100, 0200) gets 40 (requested function
/// not supported): 00 would approve what nobody has decided.
///
/// The key is the response's message type and the correlation fields (11, the trace number): a reversal may
/// repeat the trace number of what it reverses, so without the type their responses could be mistaken for
/// each other.
final class Iso8583Dialect implements Dialect {

    private static final int RESPONSE_CODE = 39;
    private static final int APPROVED = 0;
    private static final int FORMAT_ERROR = 30;
    private static final int NOT_SUPPORTED = 40;
    private static final int INOPERATIVE = 91;
    private static final int MALFUNCTION = 96;

    /// The third digit of message types.
    private static final int REQUEST = 0;

    private static final int ADVICE = 2;
    private static final int NOTIFICATION = 4;

    private final Iso8583Layout layout;
    private final int[] keyFields;

    /// Bitmaps of the omitted fields and of field 1, which is set anew.
    private final long omittedPrimary;

    private final long omittedSecondary;

    Iso8583Dialect(Iso8583Settings settings) {
        this.layout = new Iso8583Layout(settings);
        this.keyFields = settings.correlationFields().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .distinct()
                .toArray();
        long primary = Long.MIN_VALUE;
        long secondary = 0;
        for (int field : settings.omittedFields()) {
            if (field <= 64) {
                primary |= 1L << (64 - field);
            } else {
                secondary |= 1L << (128 - field);
            }
        }
        this.omittedPrimary = primary;
        this.omittedSecondary = secondary;
    }

    @Override
    public String name() {
        return "iso8583";
    }

    @Override
    public boolean correlates() {
        return true;
    }

    @Override
    public @Nullable String requestKey(ByteBuf request) {
        Iso8583Layout.Header header = layout.header(request);
        int response = header == null ? -1 : responseType(header);
        return header == null || response < 0 ? null : key(request, header, response);
    }

    @Override
    public @Nullable String replyKey(ByteBuf reply) {
        Iso8583Layout.Header header = layout.header(reply);
        if (header == null || header.type() / 10 % 2 == 0) {
            return null;
        }
        return key(reply, header, header.typeWithoutRepeat());
    }

    /// Parts with their lengths, so that no two lists of values make the same key.
    private @Nullable String key(ByteBuf message, Iso8583Layout.Header header, int responseType) {
        StringBuilder key = new StringBuilder(32).append(responseType);
        int at = header.body();
        int next = 0;
        for (int field = 2; next < keyFields.length; field++) {
            boolean present = header.has(field);
            int end = present ? layout.endOf(field, message, at) : at;
            if (end < 0) {
                return null;
            }
            if (field == keyFields[next]) {
                if (!present || !layout.isPlausible(field, message, at, end)) {
                    return null;
                }
                key.append('|').append(end - at).append(':');
                key.append(message.toString(at, end - at, StandardCharsets.ISO_8859_1));
                next++;
            }
            at = end;
        }
        return key.toString();
    }

    @Override
    public @Nullable ByteBuf refuse(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
        boolean malformed = refusal.kind() == Refusal.Kind.NOT_ACCEPTED && "INVALID_ARGUMENT".equals(refusal.code());
        int code = switch (refusal.kind()) {
            case NOT_ACCEPTED, TIMED_OUT -> malformed ? FORMAT_ERROR : INOPERATIVE;
            case FAILED, UNKNOWN -> MALFUNCTION;
        };
        return response(request, code, allocator);
    }

    @Override
    public boolean acknowledges() {
        return true;
    }

    /// A request asks for a decision, which nobody has taken when it is kept.
    @Override
    public boolean acknowledges(ByteBuf request) {
        Iso8583Layout.Header header = layout.header(request);
        return header != null
                && (function(header) == ADVICE || function(header) == NOTIFICATION)
                && isComplete(request, header);
    }

    @Override
    public Acknowledgement acknowledge(ByteBuf request, String messageId, ByteBufAllocator allocator) {
        Iso8583Layout.Header header = layout.header(request);
        if (header != null && function(header) == NOTIFICATION) {
            return Acknowledgement.Silent.NOT_WANTED;
        }
        boolean advice = header != null && function(header) == ADVICE;
        return Acknowledgement.of(advice ? response(request, APPROVED, allocator) : null);
    }

    @Override
    public Acknowledgement refuseMessage(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
        boolean unfit = refusal.kind() == Refusal.Kind.NOT_ACCEPTED && "FAILED_PRECONDITION".equals(refusal.code());
        return Acknowledgement.of(
                unfit ? response(request, NOT_SUPPORTED, allocator) : refuse(request, refusal, allocator));
    }

    private @Nullable ByteBuf response(ByteBuf request, int code, ByteBufAllocator allocator) {
        Iso8583Layout.Header header = layout.header(request);
        int type = header == null ? -1 : responseType(header);
        if (header == null || type < 0) {
            return null;
        }
        ByteBuf out = allocator.buffer(request.readableBytes() + 64);
        boolean complete = false;
        try {
            complete = respond(request, header, type, code, out);
        } finally {
            if (!complete) {
                out.release();
            }
        }
        return complete ? out : null;
    }

    private boolean isComplete(ByteBuf message, Iso8583Layout.Header header) {
        int at = header.body();
        for (int field = 2; field <= 128 && at >= 0; field++) {
            if (header.has(field)) {
                at = layout.endOf(field, message, at);
            }
        }
        return at == message.writerIndex();
    }

    /// Writes the response; false if the request cannot be read to its last byte.
    private boolean respond(ByteBuf request, Iso8583Layout.Header header, int type, int code, ByteBuf out) {
        long primary = (header.primary() & ~omittedPrimary) | 1L << (64 - RESPONSE_CODE);
        long secondary = header.secondary() & ~omittedSecondary;
        out.writeBytes(request, request.readerIndex(), layout.headerBytes());
        layout.writeType(out, type);
        layout.writeBitmap(out, secondary == 0 ? primary : primary | Long.MIN_VALUE);
        if (secondary != 0) {
            layout.writeBitmap(out, secondary);
        }
        Iso8583Layout.Header response = new Iso8583Layout.Header(type, primary, secondary, out.writerIndex());
        int at = header.body();
        for (int field = 2; field <= 128; field++) {
            int end = header.has(field) ? layout.endOf(field, request, at) : at;
            if (end < 0) {
                return false;
            }
            if (field == RESPONSE_CODE) {
                layout.writeResponseCode(out, code);
            } else if (response.has(field)) {
                out.writeBytes(request, at, end - at);
            }
            at = end;
        }
        return at == request.writerIndex();
    }

    /// The type of the response to a request or advice, or -1 if the message is neither.
    private static int responseType(Iso8583Layout.Header header) {
        int function = function(header);
        return function == REQUEST || function == ADVICE ? header.typeWithoutRepeat() + 10 : -1;
    }

    private static int function(Iso8583Layout.Header header) {
        return header.type() / 10 % 10;
    }
}
