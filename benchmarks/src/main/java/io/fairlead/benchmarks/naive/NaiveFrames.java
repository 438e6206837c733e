package io.fairlead.benchmarks.naive;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/// The few frames that the naive gateway says itself, without the 4-byte length, which Spring Integration's serializer
/// writes and strips.
final class NaiveFrames {
    static final byte HELLO = 1;
    static final byte PING = 2;
    static final byte PONG = 3;
    static final byte GOAWAY = 4;
    static final byte REQUEST = 5;

    private static final int HEADER_BYTES = 20;
    private static final int ID = 4;
    private static final int HEARTBEAT_MILLIS = 1000;

    private NaiveFrames() {}

    static byte type(byte[] frame) {
        return frame[0];
    }

    static long id(byte[] frame) {
        return ByteBuffer.wrap(frame).getLong(ID);
    }

    static void setId(byte[] frame, long id) {
        ByteBuffer.wrap(frame).putLong(ID, id);
    }

    static byte[] hello() {
        byte[] metadata = "\u0004role\u0000\u0007gateway\u0004name\u0000\u0005naive".getBytes(US_ASCII);
        return ByteBuffer.allocate(HEADER_BYTES + metadata.length)
                .put(HELLO)
                .put((byte) 0)
                .put((byte) 1) // version
                .put((byte) 1) // lowest version
                .putLong(0)
                .putInt(HEARTBEAT_MILLIS)
                .putShort((short) 0)
                .putShort((short) metadata.length)
                .put(metadata)
                .array();
    }

    static byte[] pong(byte[] ping) {
        return ByteBuffer.allocate(HEADER_BYTES).put(PONG).putLong(ID, id(ping)).array();
    }
}
