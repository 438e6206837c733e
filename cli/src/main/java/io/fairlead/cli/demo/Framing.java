package io.fairlead.cli.demo;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// How a client of each protocol cuts its messages, written anew here so that the gateway's own cannot agree
/// with itself in an error.
enum Framing {
    /// HL7: 0x0B, message, 0x1C 0x0D.
    MLLP {
        @Override
        void write(OutputStream out, byte[] message) throws IOException {
            out.write(0x0b);
            out.write(message);
            out.write(0x1c);
            out.write(0x0d);
        }

        @Override
        byte[] read(InputStream in) throws IOException {
            expect(in, 0x0b);
            byte[] message = until(in, 0x1c);
            expect(in, 0x0d);
            return message;
        }
    },
    /// A length of two bytes, big-endian, then the message.
    LENGTH2 {
        @Override
        void write(OutputStream out, byte[] message) throws IOException {
            out.write(message.length >>> 8);
            out.write(message.length);
            out.write(message);
        }

        @Override
        byte[] read(InputStream in) throws IOException {
            int length = next(in) << 8 | next(in);
            byte[] message = in.readNBytes(length);
            if (message.length < length) {
                throw new EOFException("connection ended within a message");
            }
            return message;
        }
    },
    /// A message a line.
    LINE {
        @Override
        void write(OutputStream out, byte[] message) throws IOException {
            out.write(message);
            out.write('\n');
        }

        @Override
        byte[] read(InputStream in) throws IOException {
            return until(in, '\n');
        }
    };

    private static final int MAX_MESSAGE = 65_535;

    abstract void write(OutputStream out, byte[] message) throws IOException;

    /// @throws EOFException if the connection ends
    abstract byte[] read(InputStream in) throws IOException;

    private static int next(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new EOFException("connection ended");
        }
        return next;
    }

    private static void expect(InputStream in, int expected) throws IOException {
        int next = next(in);
        if (next != expected) {
            throw new IOException("byte " + next + " where the framing has " + expected);
        }
    }

    private static byte[] until(InputStream in, int end) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int next = next(in); next != end; next = next(in)) {
            message.write(next);
            if (message.size() > MAX_MESSAGE) {
                throw new IOException("message longer than " + MAX_MESSAGE + " bytes");
            }
        }
        return message.toByteArray();
    }
}
