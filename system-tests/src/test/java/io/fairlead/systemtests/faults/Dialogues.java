package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.systemtests.nodes.BenchPorts;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;

/// What the bench's terminals speak.
final class Dialogues {
    /// As the gateway refuses in the dialect `text`.
    private static final String REFUSED = "ERR ";

    private Dialogues() {}

    /// Lines, to an idempotent method or to one that is not.
    record Lines(boolean idempotent) implements Terminal.Dialogue {
        @Override
        public String kind() {
            return idempotent ? "line read" : "line apply";
        }

        @Override
        public int port() {
            return idempotent ? BenchPorts.LINE_READ : BenchPorts.LINE_APPLY;
        }

        @Override
        public String id(String terminal, int number) {
            return terminal + "-" + number;
        }

        @Override
        public ClientCall.End call(Socket socket, String terminal, int number) throws IOException {
            String id = id(terminal, number);
            socket.getOutputStream().write((id + "\n").getBytes(UTF_8));
            return end(id, readLine(socket.getInputStream()));
        }
    }

    /// What a line says of a call.
    static ClientCall.End end(String id, String line) {
        Outcome outcome;
        if (line.startsWith(id + " ")) {
            outcome = Outcome.RIGHT;
        } else if (line.startsWith(REFUSED)) {
            outcome = switch (line.split(" ", 3)[1]) {
                case "UNKNOWN" -> Outcome.UNKNOWN;
                case "DEADLINE_EXCEEDED" -> Outcome.DEADLINE;
                case "UNAVAILABLE", "RESOURCE_EXHAUSTED" -> Outcome.REFUSED;
                default -> Outcome.FAILED;
            };
        } else {
            outcome = Outcome.WRONG;
        }
        return new ClientCall.End(outcome, System.nanoTime(), line);
    }

    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the gateway closed the connection instead of a reply");
            }
            line.write(b);
        }
        return line.toString(UTF_8);
    }

    /// ISO 8583 authorizations with a length of two bytes.
    record Cards() implements Terminal.Dialogue {
        private static final long SOON_NANOS = Calls.TIMEOUT.toNanos() * 9 / 10;

        @Override
        public String kind() {
            return "iso8583";
        }

        @Override
        public boolean idempotent() {
            return false;
        }

        @Override
        public int port() {
            return BenchPorts.ISO8583;
        }

        @Override
        public String id(String terminal, int number) {
            return terminal + "-" + number;
        }

        @Override
        public ClientCall.End call(Socket socket, String terminal, int number) throws IOException {
            long began = System.nanoTime();
            byte[] request = CardMessage.request(terminal, number);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(2 + request.length)
                            .putShort((short) request.length)
                            .put(request)
                            .array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] response = new byte[in.readUnsignedShort()];
            in.readFully(response);
            return end(id(terminal, number), response, System.nanoTime() - began);
        }

        /// 96: may have run. 91: not run, or too late; the time it took tells which.
        private static ClientCall.End end(String id, byte[] response, long tookNanos) {
            String code = CardMessage.code(response);
            Outcome outcome = Outcome.WRONG;
            if (CardMessage.id(response).equals(id)) {
                outcome = switch (code) {
                    case "00" -> Outcome.RIGHT;
                    case "96" -> Outcome.UNKNOWN;
                    case "91" -> tookNanos > SOON_NANOS ? Outcome.DEADLINE : Outcome.REFUSED;
                    default -> Outcome.FAILED;
                };
            }
            return new ClientCall.End(outcome, System.nanoTime(), "39=" + code);
        }
    }
}
