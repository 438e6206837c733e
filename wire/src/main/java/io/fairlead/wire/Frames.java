package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Reads and writes frames in place: every method takes the buffer and the index at which a frame begins.
///
/// A frame is a region of a buffer and never an object, so that a gateway forwards one by copying its bytes
/// and patching the id. Indices of the buffer are not moved by the readers. The layout (offsets from the
/// frame's start):
///
/// ```
///  0        4     5      6     7    8         16       20        22         24
///  | length | type| flags| code| low|   id    |  time  | route n | metad. n | route | metadata | payload
/// ```
public final class Frames {
    /// Bytes before route, metadata and payload.
    public static final int HEADER_BYTES = 24;

    /// Bytes of the length field, which does not count itself.
    public static final int LENGTH_BYTES = Integer.BYTES;

    /// The smallest value of the length field.
    public static final int MIN_LENGTH = HEADER_BYTES - LENGTH_BYTES;

    /// The largest value of the length field that is accepted unless settings say otherwise.
    public static final int DEFAULT_MAX_LENGTH = 4 * 1024 * 1024;

    /// Further answers with this id follow.
    public static final byte FLAG_MORE = 0x01;

    /// An earlier attempt of this REQUEST may have run. For acceptors that took [Hello#REPEATS] alone.
    public static final byte FLAG_REPEATED = 0x02;

    /// This REQUEST is a durable message: its RESPONSE says that it is on disk, not that it was handled. For
    /// acceptors that took [Hello#SENDS] alone, and for workers, to deliver it.
    public static final byte FLAG_SEND = 0x04;

    /// The longest time that a header can hold, in milliseconds (about 49 days).
    public static final long MAX_TIME_MILLIS = 0xffff_ffffL;

    /// Above it, a frame and its length field are larger than a buffer.
    private static final int MAX_LENGTH = Integer.MAX_VALUE - LENGTH_BYTES;

    private static final int MAX_TEXT = 1024;

    static final int TYPE = 4;
    static final int FLAGS = 5;
    static final int CODE = 6;
    static final int LOW = 7;
    static final int ID = 8;
    static final int TIME = 16;
    static final int ROUTE_LENGTH = 20;
    static final int METADATA_LENGTH = 22;

    private Frames() {}

    /// Bytes of complete frames at the start of `in`, from its reader index; 0 if not one is complete.
    ///
    /// Checks each header on the way, so that later readers need not.
    ///
    /// @param maxLength the largest length field that is accepted
    /// @throws ProtocolException if a length is out of bounds; known as soon as the field has arrived
    public static int completeBytes(ByteBuf in, int maxLength) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        int at = start;
        while (end - at >= LENGTH_BYTES) {
            int length = in.getInt(at);
            if (length < MIN_LENGTH || length > maxLength) {
                throw new ProtocolException("frame length: " + Integer.toUnsignedString(length) + " (expected: "
                        + MIN_LENGTH + " to " + maxLength + ")");
            }
            if (end - at - LENGTH_BYTES < length) {
                break;
            }
            int variable = routeLength(in, at) + metadataLength(in, at);
            if (MIN_LENGTH + variable > length) {
                throw new ProtocolException("route and metadata length: " + variable + " (expected: at most "
                        + (length - MIN_LENGTH) + ", because the frame's length is " + length + ")");
            }
            at += LENGTH_BYTES + length;
        }
        return at - start;
    }

    /// Bytes of the whole frame, its length field included.
    public static int size(ByteBuf buf, int at) {
        return LENGTH_BYTES + buf.getInt(at);
    }

    /// One of [FrameType].
    public static byte type(ByteBuf buf, int at) {
        return buf.getByte(at + TYPE);
    }

    /// Whether further answers with this id follow.
    public static boolean more(ByteBuf buf, int at) {
        return (buf.getByte(at + FLAGS) & FLAG_MORE) != 0;
    }

    /// Whether an earlier attempt of this REQUEST may have run.
    public static boolean repeated(ByteBuf buf, int at) {
        return (buf.getByte(at + FLAGS) & FLAG_REPEATED) != 0;
    }

    /// Whether this REQUEST is a durable message.
    public static boolean send(ByteBuf buf, int at) {
        return (buf.getByte(at + FLAGS) & FLAG_SEND) != 0;
    }

    /// The flag bits as they are.
    public static byte flags(ByteBuf buf, int at) {
        return buf.getByte(at + FLAGS);
    }

    /// Status, priority or version, by type; 0 to 255.
    public static int code(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + CODE);
    }

    /// The lowest version, in HELLO; 0 to 255.
    public static int low(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + LOW);
    }

    /// The call's id.
    public static long id(ByteBuf buf, int at) {
        return buf.getLong(at + ID);
    }

    /// Milliseconds: time left of a REQUEST (0 = no deadline), retry-after of ERROR and REFUSAL (0 = no
    /// hint). In an answer and a heartbeat it is no time, see [#freePlaces].
    public static long timeMillis(ByteBuf buf, int at) {
        return buf.getUnsignedInt(at + TIME);
    }

    /// How many more calls the sender would take now: of RESPONSE, and of an acceptor's PING and PONG; -1 =
    /// not said.
    public static int freePlaces(ByteBuf buf, int at) {
        return (int) Math.min(timeMillis(buf, at), Integer.MAX_VALUE) - 1;
    }

    /// What the time field holds of RESPONSE, and of an acceptor's PING and PONG.
    ///
    /// @param freePlaces how many more calls the sender would take now; below 0 = not said
    public static long credit(int freePlaces) {
        return freePlaces < 0 ? 0 : 1L + freePlaces;
    }

    /// Bytes of the route.
    public static int routeLength(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + ROUTE_LENGTH);
    }

    /// Bytes of the metadata.
    public static int metadataLength(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + METADATA_LENGTH);
    }

    /// Index of the route.
    public static int routeIndex(int at) {
        return at + HEADER_BYTES;
    }

    /// Index of the metadata.
    public static int metadataIndex(ByteBuf buf, int at) {
        return at + HEADER_BYTES + routeLength(buf, at);
    }

    /// Index of the payload.
    public static int payloadIndex(ByteBuf buf, int at) {
        return at + HEADER_BYTES + routeLength(buf, at) + metadataLength(buf, at);
    }

    /// Bytes of the payload.
    public static int payloadLength(ByteBuf buf, int at) {
        return at + size(buf, at) - payloadIndex(buf, at);
    }

    /// The route as text.
    public static String route(ByteBuf buf, int at) {
        return buf.toString(routeIndex(at), routeLength(buf, at), UTF_8);
    }

    /// The metadata, decoded.
    ///
    /// @throws ProtocolException if it is malformed
    public static Metadata metadata(ByteBuf buf, int at) {
        return Metadata.decode(buf, metadataIndex(buf, at), metadataLength(buf, at));
    }

    /// The payload, copied.
    public static byte[] payload(ByteBuf buf, int at) {
        return ByteBufUtil.getBytes(buf, payloadIndex(buf, at), payloadLength(buf, at), true);
    }

    /// The payload as text.
    public static String text(ByteBuf buf, int at) {
        return buf.toString(payloadIndex(buf, at), payloadLength(buf, at), UTF_8);
    }

    /// Patches the id of a frame that stands in `buf`.
    public static void setId(ByteBuf buf, int at, long id) {
        buf.setLong(at + ID, id);
    }

    /// Patches the time field of a frame that stands in `buf`: milliseconds, or a credit in a RESPONSE.
    public static void setTime(ByteBuf buf, int at, int time) {
        buf.setInt(at + TIME, time);
    }

    /// Writes the 24 bytes of a header at the writer index. The caller writes route, metadata and payload
    /// after it, in just the lengths that it named.
    ///
    /// @param code status, priority or version, by type
    /// @param timeMillis see [#timeMillis]; cut to [#MAX_TIME_MILLIS]. Below 0 counts as 1: a deadline
    /// that has just passed is neither "none" nor 49 days
    /// @param routeLength bytes, 0 to 65,535
    /// @param metadataLength bytes, 0 to 65,535
    /// @param payloadLength bytes, 0 and up
    /// @throws IllegalArgumentException if a length is out of bounds, or all of them together
    public static void writeHeader(
            ByteBuf out,
            byte type,
            byte flags,
            int code,
            long id,
            long timeMillis,
            int routeLength,
            int metadataLength,
            int payloadLength) {
        long length = (long) MIN_LENGTH + routeLength + metadataLength + payloadLength;
        if ((routeLength | metadataLength) >>> Short.SIZE != 0 || payloadLength < 0 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("route, metadata and payload length: " + routeLength + ", "
                    + metadataLength + " and " + payloadLength + " (expected: at most 65535, 65535 and " + MAX_LENGTH
                    + " in all)");
        }
        out.ensureWritable(HEADER_BYTES);
        int at = out.writerIndex();
        out.setInt(at, (int) length);
        out.setInt(at + TYPE, (type & 0xff) << 24 | (flags & 0xff) << 16 | (code & 0xff) << 8);
        out.setLong(at + ID, id);
        out.setInt(at + TIME, (int) (timeMillis < 0 ? 1 : Math.min(timeMillis, MAX_TIME_MILLIS)));
        out.setInt(at + ROUTE_LENGTH, routeLength << 16 | metadataLength);
        out.writerIndex(at + HEADER_BYTES);
    }

    /// Writes a frame that has no route, metadata or payload (PING, PONG, CANCEL).
    public static void writeBare(ByteBuf out, byte type, long id) {
        writeBare(out, type, id, 0);
    }

    /// As [#writeBare(ByteBuf, byte, long)], with the time field of an acceptor's PING or PONG, see
    /// [#credit].
    public static void writeBare(ByteBuf out, byte type, long id, long credit) {
        writeHeader(out, type, (byte) 0, 0, id, credit, 0, 0, 0);
    }

    /// Writes a frame with a status and a text (ERROR, REFUSAL, GOAWAY). A text of more than 1,024
    /// UTF-16 units is cut, between characters.
    ///
    /// @param retryAfterMillis hint for the caller; 0 = none
    public static void writeStatus(ByteBuf out, byte type, Status status, long id, long retryAfterMillis, String text) {
        writeStatus(out, type, status, id, retryAfterMillis, Metadata.EMPTY, text);
    }

    /// As [#writeStatus(ByteBuf, byte, Status, long, long, String)], with metadata.
    public static void writeStatus(
            ByteBuf out, byte type, Status status, long id, long retryAfterMillis, Metadata metadata, String text) {
        byte[] bytes = cut(text).getBytes(UTF_8);
        writeHeader(out, type, (byte) 0, status.code(), id, retryAfterMillis, 0, metadata.encodedBytes(), bytes.length);
        metadata.encode(out);
        out.writeBytes(bytes);
    }

    private static String cut(String text) {
        if (text.length() <= MAX_TEXT) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT);
    }
}
