package io.fairlead.wire;

/// The types of frames, as they stand in the header.
///
/// Bytes and not an enum, because a forwarder switches on them for each frame.
public final class FrameType {
    /// First frame of both sides: version, features, limits.
    public static final byte HELLO = 1;

    /// Asks for a [#PONG]; shows that the sender lives.
    public static final byte PING = 2;

    /// Answers a [#PING] with the same id.
    public static final byte PONG = 3;

    /// No new calls; those above the id certainly did not run.
    public static final byte GOAWAY = 4;

    /// A call.
    public static final byte REQUEST = 5;

    /// An answer, or with [Frames#FLAG_MORE] a part of it.
    public static final byte RESPONSE = 6;

    /// The call ended with a status other than OK; it ran or may have run.
    public static final byte ERROR = 7;

    /// The call certainly did not run.
    public static final byte REFUSAL = 8;

    /// The answer is no longer wanted.
    public static final byte CANCEL = 9;

    /// Proves, while a link is being opened, that the sender knows the secret: see [Auth].
    public static final byte AUTH = 10;

    /// Unknown types from here on are skipped, below it they are a protocol error.
    static final int FIRST_IGNORABLE = 128;

    private FrameType() {}

    /// Whether a receiver that does not know this type skips the frame instead of closing the connection.
    public static boolean ignorable(byte type) {
        return (type & 0xff) >= FIRST_IGNORABLE;
    }

    /// The name for messages and logs.
    public static String name(byte type) {
        return switch (type) {
            case HELLO -> "HELLO";
            case PING -> "PING";
            case PONG -> "PONG";
            case GOAWAY -> "GOAWAY";
            case REQUEST -> "REQUEST";
            case RESPONSE -> "RESPONSE";
            case ERROR -> "ERROR";
            case REFUSAL -> "REFUSAL";
            case CANCEL -> "CANCEL";
            case AUTH -> "AUTH";
            default -> "type " + (type & 0xff);
        };
    }
}
