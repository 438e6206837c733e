package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The counting client against gateways that err on purpose: it must see every error.
class ForeignConnectionTests {
    private static final int MESSAGES = 20;
    private static final byte[] EMPTY = {};
    private static final Duration PATIENCE = Duration.ofMillis(300);
    private static final Run RUN = new Run("ABC123", Instant.parse("2026-07-04T10:15:00Z"));

    private final Tally tally = new Tally("test");

    /// How a gateway answers its n-th request; null closes the connection.
    interface Answers {
        byte @Nullable [] to(int number, byte[] request);
    }

    private DemoReport.Line run(Framing framing, LongFunction<Exchange> exchanges, Answers answers) throws Exception {
        Thread gateway;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gateway = Thread.ofVirtual().start(() -> serve(server, framing, answers));
            AtomicInteger left = new AtomicInteger(MESSAGES);
            connection(List.of(address(server)), framing, exchanges, () -> left.getAndDecrement() > 0)
                    .run();
        }
        gateway.join();
        return tally.line();
    }

    private ForeignConnection connection(
            List<InetSocketAddress> gateways, Framing framing, LongFunction<Exchange> exchanges, BooleanSupplier more) {
        return new ForeignConnection(gateways, framing, 4, exchanges, tally, more, PATIENCE);
    }

    private static InetSocketAddress address(ServerSocket server) {
        return InetSocketAddress.createUnresolved("127.0.0.1", server.getLocalPort());
    }

    private DemoReport.Line lines(Answers answers) throws Exception {
        return run(Framing.LINE, number -> new TextLine(number, 1), answers);
    }

    private static void serve(ServerSocket server, Framing framing, Answers answers) {
        int number = 0;
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                for (byte[] answer = EMPTY; answer != null; ) {
                    answer = answers.to(++number, framing.read(socket.getInputStream()));
                    if (answer != null) {
                        framing.write(socket.getOutputStream(), answer);
                    }
                }
            } catch (IOException e) {
                // The client has gone, as it does at the end of every test.
                assertThat(e).isNotNull();
            }
        }
    }

    private static byte[] upper(byte[] request) {
        return new String(request, UTF_8).toUpperCase(Locale.ROOT).getBytes(UTF_8);
    }

    @Test
    void rightAnswersBalance() throws Exception {
        DemoReport.Line line = lines((number, request) -> upper(request));

        assertThat(line.sent()).isEqualTo(MESSAGES);
        assertThat(line.isRight()).isTrue();
    }

    @Test
    void oneWrongAnswerIsSeen() throws Exception {
        byte[] previous = upper(new TextLine(4, 1).request());

        DemoReport.Line line = lines((number, request) -> number == 5 ? previous : upper(request));

        assertThat(line.wrong()).isEqualTo(1);
        assertThat(line.answered()).isEqualTo(MESSAGES - 1);
        assertThat(line.isRight()).isFalse();
        assertThat(tally.examples().getFirst()).contains("LINE 4");
    }

    @Test
    void aRefusalIsAFailure() throws Exception {
        byte[] refusal = "ERR UNAVAILABLE no worker".getBytes(UTF_8);

        DemoReport.Line line = lines((number, request) -> number == 5 ? refusal : upper(request));

        assertThat(line.failed()).isEqualTo(1);
        assertThat(line.isRight()).isFalse();
    }

    @Test
    void answersThatNeverComeAreFailures() throws Exception {
        DemoReport.Line line = lines((number, request) -> number >= 5 ? null : upper(request));

        // A reset may take answers with it that had arrived.
        assertThat(line.answered()).isLessThanOrEqualTo(4);
        assertThat(line.failed()).isEqualTo(line.sent() - line.answered()).isPositive();
    }

    @Test
    void whatALostConnectionLeftUnansweredIsSentAgainOnTheNext() throws Exception {
        DemoReport.Line line = lines((number, request) -> number == 5 ? null : upper(request));

        assertThat(line.isRight()).isTrue();
        assertThat(line.answered()).isEqualTo(MESSAGES);
        assertThat(line.repeated()).isBetween(1L, 4L);
        assertThat(tally.reconnects()).isEqualTo(1);
    }

    @Test
    void aCardThatMayHaveRunIsAskedAgain() throws Exception {
        // Of these, each asks for more than there is: 51 is right. The fourth request hears 96, its repeat 51.
        DemoReport.Line line =
                run(Framing.LENGTH2, number -> new CardMessage(RUN, 7 + 8 * number, 1), (number, request) -> {
                    String fields = new String(request, UTF_8).substring(20);
                    int terminal = fields.length() - 11;
                    return ("01107220000002808000" + fields.substring(0, terminal) + (number == 4 ? "96" : "51")
                                    + fields.substring(terminal))
                            .getBytes(UTF_8);
                });

        assertThat(line.sent()).isEqualTo(MESSAGES);
        assertThat(line.unknown()).isEqualTo(1);
        assertThat(line.repeated()).isEqualTo(1);
        assertThat(line.answered()).isEqualTo(MESSAGES);
        assertThat(line.isRight()).isTrue();
    }

    @Test
    void aGatewayThatIsNotThereIsAFailure() throws Exception {
        connection(List.of(closed()), Framing.LINE, number -> new TextLine(number, 1), () -> true)
                .run();

        assertThat(tally.line().failed()).isEqualTo(1);
    }

    @Test
    void aNameThatNobodyHasIsAFailure() {
        InetSocketAddress nobody = InetSocketAddress.createUnresolved("nobody.invalid", 7401);

        connection(List.of(nobody), Framing.LINE, number -> new TextLine(number, 1), () -> true)
                .run();

        assertThat(tally.line().failed()).isEqualTo(1);
        assertThat(tally.examples().getFirst()).contains("nobody.invalid");
    }

    @Test
    void itGoesOnAtAnotherGateway() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> serve(server, Framing.LINE, (number, request) -> upper(request)));
            AtomicInteger left = new AtomicInteger(MESSAGES);

            connection(
                            List.of(closed(), closed(), address(server)),
                            Framing.LINE,
                            number -> new TextLine(number, 1),
                            () -> left.getAndDecrement() > 0)
                    .run();
        }

        assertThat(tally.line().isRight()).isTrue();
        assertThat(tally.reconnects()).isEqualTo(1);
    }

    private static InetSocketAddress closed() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return address(server);
        }
    }
}
