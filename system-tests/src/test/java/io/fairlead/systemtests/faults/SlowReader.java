package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.systemtests.nodes.BenchPorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/// A client that sends long lines as fast as it may and reads nothing, until the gateway ends its connection.
/// It sends at most [#MAX_LINES]; its calls are not written down, for it does not want their replies.
final class SlowReader implements Runnable, AutoCloseable {
    private static final int MAX_LINES = 20_000;
    private static final int LINE_BYTES = 4_000;

    private final Socket socket;

    SlowReader(String host) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress(host, BenchPorts.LINE_READ), 2_000);
    }

    @Override
    public void run() {
        byte[] line = ("slow-reader " + "x".repeat(LINE_BYTES) + "\n").getBytes(UTF_8);
        try {
            for (int i = 0; i < MAX_LINES; i++) {
                socket.getOutputStream().write(line);
            }
        } catch (SocketException e) {
            // The gateway, or close, has ended the connection.
        } catch (IOException e) {
            throw new IllegalStateException("the slow reader cannot write", e);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
