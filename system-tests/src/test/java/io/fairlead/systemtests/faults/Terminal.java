package io.fairlead.systemtests.faults;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A foreign client: one connection, one call after the other. It knows both gateways, and goes to the other
/// one when its connection ends or keeps silent, as a terminal behind a virtual address would.
final class Terminal implements Runnable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int CONNECT_MILLIS = 1_000;

    /// Longer than a call may take, so that the gateway's word comes first.
    private static final int READ_MILLIS = (int) Calls.TIMEOUT.toMillis() + 1_000;

    private final String name;
    private final Calls calls;
    private final Dialogue dialogue;
    private final List<Map.Entry<String, String>> gateways;
    private final BooleanSupplier stopped;
    private int current;
    private @Nullable Socket socket;

    /// What the terminal speaks.
    interface Dialogue {
        String kind();

        boolean idempotent();

        int port();

        /// The id of a terminal's call.
        String id(String terminal, int number);

        /// Sends a request and reads its reply.
        ClientCall.End call(Socket socket, String terminal, int number) throws IOException;
    }

    /// @param gateways names and addresses, the one to begin with first
    Terminal(
            String name,
            Calls calls,
            Dialogue dialogue,
            List<Map.Entry<String, String>> gateways,
            BooleanSupplier stopped) {
        this.name = name;
        this.calls = calls;
        this.dialogue = dialogue;
        this.gateways = gateways;
        this.stopped = stopped;
    }

    @Override
    public void run() {
        for (int number = 0; !stopped.getAsBoolean(); number++) {
            call(number);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        hangUp();
    }

    private void call(int number) {
        String id = dialogue.id(name, number);
        Map.Entry<String, String> gateway = gateways.get(current % gateways.size());
        calls.begin(id, dialogue.kind(), dialogue.idempotent(), Optional.of(gateway.getKey()));
        Socket connection;
        try {
            connection = connect(gateway.getValue());
        } catch (IOException e) {
            calls.end(id, Outcome.NOT_SENT, String.valueOf(e.getMessage()));
            moveOn();
            return;
        }
        try {
            ClientCall.End end = dialogue.call(connection, name, number);
            calls.end(id, end.outcome(), end.detail());
        } catch (SocketTimeoutException e) {
            calls.end(id, Outcome.DEADLINE, "the gateway kept silent");
            moveOn();
        } catch (IOException e) {
            calls.end(id, Outcome.CLOSED, String.valueOf(e.getMessage()));
            moveOn();
        } catch (RuntimeException e) {
            calls.end(id, Outcome.WRONG, String.valueOf(e));
            moveOn();
        }
    }

    private Socket connect(String host) throws IOException {
        Socket open = socket;
        if (open != null) {
            return open;
        }
        Socket fresh = new Socket();
        try {
            fresh.setTcpNoDelay(true);
            fresh.setSoTimeout(READ_MILLIS);
            fresh.connect(new InetSocketAddress(host, dialogue.port()), CONNECT_MILLIS);
        } catch (IOException e) {
            fresh.close();
            throw e;
        }
        socket = fresh;
        return fresh;
    }

    private void moveOn() {
        hangUp();
        current++;
    }

    private void hangUp() {
        Socket open = socket;
        socket = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                calls.journal().write("note", name, "close: " + e.getMessage());
            }
        }
    }
}
