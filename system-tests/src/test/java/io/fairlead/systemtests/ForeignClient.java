package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/// A plain socket that speaks a framing. Every read ends after 30 s.
final class ForeignClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final ClientFraming framing;
    private final Socket socket;
    private final InputStream in;

    ForeignClient(int port, ClientFraming framing) throws IOException {
        this(port, framing, 0);
    }

    /// @param receiveBufferBytes of the socket; 0 = the system's choice
    ForeignClient(int port, ClientFraming framing, int receiveBufferBytes) throws IOException {
        this.framing = framing;
        this.socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /// The client's own port, by which the gateway knows it.
    int localPort() {
        return socket.getLocalPort();
    }

    byte[] call(byte[] message) throws IOException {
        send(message);
        return receive();
    }

    String call(String message) throws IOException {
        return new String(call(message.getBytes(UTF_8)), UTF_8);
    }

    void send(byte[] message) throws IOException {
        sendRaw(framing.frame(message));
    }

    /// Bytes as they are, in one write.
    void sendRaw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    byte[] receive() throws IOException {
        byte[] message = framing.read(in);
        if (message == null) {
            throw new IOException("the gateway closed the connection instead of a reply");
        }
        return message;
    }

    /// The next message; null if the gateway has closed the connection.
    byte @Nullable [] receiveOrEnd() throws IOException {
        return framing.read(in);
    }

    /// Says that nothing more will be sent.
    void endInput() throws IOException {
        socket.shutdownOutput();
    }

    /// Reads until the gateway ends the connection, orderly or by a reset.
    void awaitEnd() throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // Reset: the gateway had not read all that we sent.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
