package io.fairlead.systemtests.crash;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/// One connection of a foreign client, for tests that say what is sent when.
final class Foreign implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Dialogue dialogue;
    private final Socket socket;
    private final InputStream in;

    Foreign(Dialogue dialogue, String address) throws IOException {
        this.dialogue = dialogue;
        this.socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(address, dialogue.port()), TIMEOUT_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    Dialogue.Answer send(Sent sent, boolean repeat) throws IOException {
        socket.getOutputStream().write(dialogue.framing().frame(dialogue.message(sent, repeat)));
        byte[] reply = dialogue.framing().read(in);
        if (reply == null) {
            throw new IOException("the gateway closed the connection instead of an answer");
        }
        return dialogue.answer(sent, reply);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
