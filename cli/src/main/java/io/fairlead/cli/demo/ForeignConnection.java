package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/// A foreign client: keeps some requests under way on one connection and pairs the replies with them in their
/// order. When the connection ends, it connects to the next gateway and sends what had no answer again, in the
/// way of its protocol.
final class ForeignConnection implements Runnable {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int CONNECT_TIMEOUT_MILLIS = 3_000;
    private static final int MAX_REPEATS = 3;

    /// As long as a gateway needs that is started again.
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long RETRY_NANOS = 100_000_000;

    private final List<InetSocketAddress> gateways;
    private final Framing framing;
    private final int window;
    private final LongFunction<Exchange> exchanges;
    private final Tally tally;
    private final BooleanSupplier more;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final long patienceNanos;
    private int vainConnects;
    private long vainSinceNanos;

    private record Pending(Exchange exchange, long startNanos, int repeats) {
        Pending repeated() {
            return new Pending(exchange, startNanos, repeats + 1);
        }
    }

    /// @param gateways the first one to begin with; their names are looked up at each connect
    /// @param window requests under way at a time
    /// @param exchanges makes the message of a number
    /// @param more whether to send yet another
    ForeignConnection(
            List<InetSocketAddress> gateways,
            Framing framing,
            int window,
            LongFunction<Exchange> exchanges,
            Tally tally,
            BooleanSupplier more) {
        this(gateways, framing, window, exchanges, tally, more, PATIENCE);
    }

    /// @param patience how long it tries while no gateway answers
    ForeignConnection(
            List<InetSocketAddress> gateways,
            Framing framing,
            int window,
            LongFunction<Exchange> exchanges,
            Tally tally,
            BooleanSupplier more,
            Duration patience) {
        this.gateways = List.copyOf(gateways);
        this.framing = framing;
        this.window = window;
        this.exchanges = exchanges;
        this.tally = tally;
        this.more = more;
        this.patienceNanos = patience.toNanos();
    }

    /// Connects to one of the addresses that a name has now. A gateway that comes back may have another one.
    static Socket connect(InetSocketAddress gateway) throws IOException {
        List<InetAddress> addresses = Arrays.asList(InetAddress.getAllByName(gateway.getHostString()));
        Collections.shuffle(addresses);
        IOException failure = new UnknownHostException(gateway.getHostString());
        for (InetAddress address : addresses) {
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(TIMEOUT_MILLIS);
                socket.connect(new InetSocketAddress(address, gateway.getPort()), CONNECT_TIMEOUT_MILLIS);
                return socket;
            } catch (IOException e) {
                socket.close();
                failure = e;
            }
        }
        throw failure;
    }

    @Override
    public void run() {
        for (int connection = 0; ; connection++) {
            InetSocketAddress gateway = gateways.get(connection % gateways.size());
            try {
                serve(gateway);
                return;
            } catch (IOException e) {
                if (vainConnects++ == 0) {
                    vainSinceNanos = System.nanoTime();
                    tally.reconnected();
                }
                if (System.nanoTime() - vainSinceNanos > patienceNanos) {
                    fail("connection to " + gateway + ": " + e);
                    return;
                }
                if (vainConnects % gateways.size() == 0) {
                    // None serves at the moment; one is back soon.
                    LockSupport.parkNanos(RETRY_NANOS);
                }
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
    private void serve(InetSocketAddress gateway) throws IOException {
        try (Socket socket = connect(gateway)) {
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

    static String shown(byte[] message) {
        return "'"
                + new String(message, ISO_8859_1)
                        .replaceAll("[\\x00-\\x1f]", " ")
                        .strip() + "'";
    }
}
