package io.fairlead.gateway.framing;

import io.netty.handler.codec.DecoderException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Bytes that are no message of a framing, or a message that a framing cannot carry. Its connection has to be
/// closed: where the next message would begin is unknown.
public final class FramingException extends DecoderException {

    private static final long serialVersionUID = 1L;

    /// What is wrong with the bytes.
    public enum Reason {
        /// The message is longer than `max-message-size`, or than the framing's header can say.
        TOO_LONG,
        /// The bytes break the framing's rules.
        MALFORMED
    }

    private final Reason reason;

    /// @param message names the framing, the offending value, what is expected and the remedy
    public FramingException(Reason reason, String message) {
        this(reason, message, null);
    }

    /// @param cause what a wrapped codec threw
    public FramingException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /// Why the bytes were refused; used in metrics and close reasons.
    public Reason reason() {
        return reason;
    }

    static FramingException tooLong(String framing, long atLeastBytes, int maxMessageBytes) {
        return new FramingException(
                Reason.TOO_LONG,
                framing + ": message of at least " + atLeastBytes + " bytes (expected: at most max-message-size = "
                        + maxMessageBytes + " bytes): raise the listener's max-message-size or send smaller messages");
    }

    static FramingException malformed(String framing, String detail) {
        return new FramingException(Reason.MALFORMED, framing + ": " + detail);
    }

    /// A byte for a message: `0x41 'A'`, or `0x0b` where there is nothing to see.
    static String show(byte value) {
        String hex = "0x" + Integer.toHexString((value & 0xff) | 0x100).substring(1);
        return value > ' ' && value < 0x7f ? hex + " '" + (char) value + "'" : hex;
    }
}
