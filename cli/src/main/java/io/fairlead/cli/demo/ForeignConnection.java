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
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/// One connection of a foreign client: keeps some requests under way and pairs the replies with them in their order.
final class ForeignConnection implements Runnable {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int MAX_REPEATS = 3;

    private final int port;
    private final Framing framing;
    private final int window;
    private final LongFunction<Exchange> exchanges;
    private final Tally tally;
    private final BooleanSupplier more;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();

    private record Pending(Exchange exchange, long startNanos, int repeats) {}

    /// @param window requests under way at a time
    /// @param exchanges makes the message of a number
    /// @param more whether to send yet another
    ForeignConnection(
            int port,
            Framing framing,
            int window,
            LongFunction<Exchange> exchanges,
            Tally tally,
            BooleanSupplier more) {
        this.port = port;
        this.framing = framing;
        this.window = window;
        this.exchanges = exchanges;
        this.tally = tally;
        this.more = more;
    }

    @Override
    public void run() {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            OutputStream out = new BufferedOutputStream(socket.getOutputStream());
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
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
                pending.remove();
                heard(first, reply, out);
            }
        } catch (IOException e) {
            String why = "connection to port " + port + ": " + e;
            if (pending.isEmpty()) {
                tally.send();
                tally.failed(why);
            }
            pending.forEach(left -> tally.failed(why));
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
                    pending.add(new Pending(request.exchange(), request.startNanos(), request.repeats() + 1));
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
