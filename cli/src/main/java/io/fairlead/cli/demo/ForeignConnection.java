package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/// A foreign client: keeps some requests under way on one connection and pairs the replies with them in their
/// order. When the connection ends, it connects to the next gateway and sends what had no answer again, in the
/// way of its protocol.
final class ForeignConnection implements Runnable {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int MAX_REPEATS = 3;
    private static final int MAX_VAIN_CONNECTS = 4;

    private final List<Integer> ports;
    private final Framing framing;
    private final int window;
    private final LongFunction<Exchange> exchanges;
    private final Tally tally;
    private final BooleanSupplier more;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private int vainConnects;

    private record Pending(Exchange exchange, long startNanos, int repeats) {
        Pending repeated() {
            return new Pending(exchange, startNanos, repeats + 1);
        }
    }

    /// @param ports of the gateways, the first one to begin with
    /// @param window requests under way at a time
    /// @param exchanges makes the message of a number
    /// @param more whether to send yet another
    ForeignConnection(
            List<Integer> ports,
            Framing framing,
            int window,
            LongFunction<Exchange> exchanges,
            Tally tally,
            BooleanSupplier more) {
        this.ports = List.copyOf(ports);
        this.framing = framing;
        this.window = window;
        this.exchanges = exchanges;
        this.tally = tally;
        this.more = more;
    }

    @Override
    public void run() {
        for (int connection = 0; ; connection++) {
            int port = ports.get(connection % ports.size());
            try {
                serve(port);
                return;
            } catch (IOException e) {
                if (++vainConnects > MAX_VAIN_CONNECTS) {
                    fail("connection to port " + port + ": " + e);
                    return;
                }
                tally.reconnected();
            }
        }
    }

    private void fail(String why) {
        if (pending.isEmpty()) {
            tally.send();
            tally.failed(why);
        }
        pending.forEach(left -> tally.failed(why));
    }

    /// Returns when all is sent and answered.
    private void serve(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            OutputStream out = new BufferedOutputStream(socket.getOutputStream());
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
            sendAgain(out);
            while (true) {
                while (pending.size() < window && more.getAsBoolean()) {
                    Exchange exchange = exchanges.apply(tally.send());
                    pending.add(new Pending(exchange, System.nanoTime(), 0));
                    framing.write(out, exchange.request());
                }
                out.flush();
                Pending first = pending.peek();
                if (first == null) {
                    return;
                }
                byte[] reply = framing.read(in);
                vainConnects = 0;
                pending.remove();
                heard(first, reply, out);
            }
        }
    }

    /// What the connection before left unanswered.
    private void sendAgain(OutputStream out) throws IOException {
        for (int i = pending.size(); i > 0; i--) {
            Pending left = pending.remove().repeated();
            pending.add(left);
            tally.repeated();
            framing.write(out, left.exchange().afterReconnect());
        }
    }

    private void heard(Pending request, byte[] reply, OutputStream out) throws IOException {
        switch (request.exchange().judge(reply)) {
            case RIGHT -> tally.answered(System.nanoTime() - request.startNanos());
            case WRONG -> tally.wrong(shown(request.exchange().request()) + " was answered " + shown(reply));
            case FAILED -> tally.failed(shown(reply));
            case UNKNOWN -> {
                tally.unknown();
                byte[] repeat = request.exchange().repeat();
                if (repeat == null || request.repeats() == MAX_REPEATS) {
                    tally.failed(shown(reply) + " after " + request.repeats() + " repeats");
                } else {
                    tally.repeated();
                    pending.add(request.repeated());
                    framing.write(out, repeat);
                }
            }
        }
    }

    private static String shown(byte[] message) {
        return "'"
                + new String(message, ISO_8859_1)
                        .replaceAll("[\\x00-\\x1f]", " ")
                        .strip() + "'";
    }
}
