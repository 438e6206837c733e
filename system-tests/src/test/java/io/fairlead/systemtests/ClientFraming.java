package io.fairlead.systemtests;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The foreign framings as a client speaks them, written from their descriptions and not with the gateway's code.
public enum ClientFraming {
    LF("lf", delimited("", "\n")),
    CRLF("crlf", delimited("", "\r\n")),
    LENGTH1("length1", new Length(1, false)),
    LENGTH2("length2", new Length(2, false)),
    LENGTH4("length4", new Length(4, false)),
    LENGTH2_INCLUSIVE("length2", new Length(2, true), "length-includes-header=true"),
    LENGTH4_INCLUSIVE("length4", new Length(4, true), "length-includes-header=true"),
    STX_ETX("stx-etx", delimited("\002", "\003")),
    MLLP("mllp", delimited("\013", "\034\r")),
    OCTET_COUNTED("octet-counted", new OctetCounted()),
    TERMINATOR("terminator", delimited("", "\036||"), "terminator=\\x1e||");

    private final String framing;
    private final Codec codec;
    private final List<String> settings;

    ClientFraming(String framing, Codec codec, String... settings) {
        this.framing = framing;
        this.codec = codec;
        this.settings = List.of(settings);
    }

    /// Name of the listener that speaks it.
    String listener() {
        return "framing-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// What the listener needs to speak it.
    List<String> settings() {
        return Stream.concat(Stream.of("framing=" + framing), settings.stream()).toList();
    }

    /// A message with its framing.
    public byte[] frame(byte[] message) {
        return codec.frame(message);
    }

    /// The next message; null if the input ends before one begins.
    public byte @Nullable [] read(InputStream in) throws IOException {
        return codec.read(in);
    }

    private interface Codec {
        byte[] frame(byte[] message);

        byte @Nullable [] read(InputStream in) throws IOException;
    }

    private static Codec delimited(String start, String end) {
        return new Delimited(latin1(start), latin1(end));
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private record Delimited(byte[] start, byte[] end) implements Codec {
        @Override
        public byte[] frame(byte[] message) {
            return concat(start, message, end);
        }

        @Override
        public byte @Nullable [] read(InputStream in) throws IOException {
            byte[] got = new byte[256];
            int length = 0;
            while (true) {
                int next = in.read();
                if (next < 0) {
                    if (length == 0) {
                        return null;
                    }
                    throw new EOFException("inside a message, after " + length + " bytes");
                }
                if (length == got.length) {
                    got = Arrays.copyOf(got, 2 * length);
                }
                got[length++] = (byte) next;
                int message = length - end.length;
                if (message >= start.length && Arrays.equals(got, message, length, end, 0, end.length)) {
                    if (!Arrays.equals(got, 0, start.length, start, 0, start.length)) {
                        throw new IOException("reply begins with " + got[0]);
                    }
                    return Arrays.copyOfRange(got, start.length, message);
                }
            }
        }
    }

    private record Length(int bytes, boolean inclusive) implements Codec {
        @Override
        public byte[] frame(byte[] message) {
            byte[] header = new byte[bytes];
            int length = message.length + (inclusive ? bytes : 0);
            for (int i = bytes - 1; i >= 0; i--) {
                header[i] = (byte) length;
                length >>>= 8;
            }
            return concat(header, message);
        }

        @Override
        public byte @Nullable [] read(InputStream in) throws IOException {
            int first = in.read();
            if (first < 0) {
                return null;
            }
            int length = first;
            for (byte next : exactly(in, bytes - 1)) {
                length = length << 8 | next & 0xff;
            }
            return exactly(in, inclusive ? length - bytes : length);
        }
    }

    private record OctetCounted() implements Codec {
        @Override
        public byte[] frame(byte[] message) {
            return concat(latin1(message.length + " "), message);
        }

        @Override
        public byte @Nullable [] read(InputStream in) throws IOException {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            int length = 0;
            for (; next >= '0' && next <= '9'; next = in.read()) {
                length = 10 * length + next - '0';
            }
            if (next != ' ') {
                throw new IOException("reply's length ends with " + next);
            }
            return exactly(in, length);
        }
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
