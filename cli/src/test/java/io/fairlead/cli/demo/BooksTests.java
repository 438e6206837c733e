package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.cli.demo.Ledger.Figures;
import io.fairlead.cli.suite.AdminSite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the demonstration makes of books that are not of this run alone, and of gateways that do not answer.
class BooksTests {
    private static final Ledger EMPTY = ledger(Map.of("a", Figures.NONE));
    private static final long A_MOMENT = 1;
    private static final long LONG = 30_000_000_000L;

    private final List<HttpServer> servers = new ArrayList<>();
    private final List<String> said = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    private static Ledger ledger(Map<String, Figures> stores, String... silent) {
        return new Ledger(stores, List.of(silent), List.of());
    }

    private static Figures figures(long accepted, long done, long aside, long inFlight, long missing) {
        return new Figures(accepted, done, aside, inFlight, missing);
    }

    private AdminSite gateway(String store, long accepted, long done, long inFlight) {
        return gateway(0, store, accepted, done, inFlight);
    }

    private AdminSite gateway(int port, String store, long accepted, long done, long inFlight) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            byte[] books = ("{\"id\":\"" + store + "\",\"trouble\":null,\"totals\":{\"accepted\":" + accepted
                            + ",\"done\":" + done + ",\"inFlight\":" + inFlight + "}}")
                    .getBytes(UTF_8);
            server.createContext("/admin/books", exchange -> {
                exchange.sendResponseHeaders(200, books.length);
                exchange.getResponseBody().write(books);
                exchange.close();
            });
            server.start();
            servers.add(server);
            return at(server.getAddress().getPort());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static AdminSite at(int port) {
        return AdminSite.at("http://127.0.0.1:" + port, "admin", "secret");
    }

    /// As a gateway that was killed.
    private int down() {
        AdminSite _ = gateway("none", 0, 0, 0);
        HttpServer last = servers.removeLast();
        last.stop(0);
        return last.getAddress().getPort();
    }

    private Books await(List<AdminSite> gateways, Ledger before, long limitNanos) throws InterruptedException {
        return Books.await(gateways, 10, before, limitNanos, said::add);
    }

    @Test
    void whatWasThereBeforeIsNotOfThisRun() {
        Ledger before = ledger(Map.of("a", figures(100, 90, 9, 1, 0), "b", figures(7, 6, 0, 0, 1)));
        Ledger after = ledger(Map.of("a", figures(110, 100, 9, 1, 0), "b", figures(12, 11, 0, 0, 1)));

        Books books = Books.of(2, 15, before, after);

        assertThat(books).isEqualTo(new Books(2, 15, 15, 15, 0, 0, 0, ""));
        assertThat(books.isRight()).isTrue();
    }

    @Test
    void whatWasInFlightBeforeMayBeDoneMeanwhile() {
        Ledger before = ledger(Map.of("a", figures(5, 3, 0, 2, 0)));

        Books books = Books.of(1, 10, before, ledger(Map.of("a", figures(15, 15, 0, 0, 0))));

        assertThat(books.inFlight()).isEqualTo(-2);
        assertThat(books.isRight()).isTrue();
    }

    @Test
    void whatIsLostLeftOrNotAccountedForIsNotRight() {
        assertThat(Books.of(1, 10, EMPTY, ledger(Map.of("a", figures(9, 9, 0, 0, 0)))))
                .matches(books -> books.lost() == 1 && !books.isRight());
        assertThat(Books.of(1, 10, EMPTY, ledger(Map.of("a", figures(10, 9, 0, 1, 0)))))
                .matches(books -> books.lost() == 0 && !books.isRight());
        assertThat(Books.of(1, 10, EMPTY, ledger(Map.of("a", figures(11, 10, 0, 0, 1)))))
                .matches(books -> books.lost() == 1 && !books.isRight());
    }

    @Test
    void aStoreThatNobodyHasAnyMoreIsNotRight() {
        Ledger before = ledger(Map.of("a", Figures.NONE, "b", Figures.NONE));
        Ledger after = ledger(Map.of("a", figures(10, 10, 0, 0, 0), "c", Figures.NONE));

        assertThat(Books.of(2, 10, before, after))
                .matches(books -> books.trouble().contains("b") && !books.isRight());
    }

    @Test
    void gatewaysThatShareAStoreCountOnce() {
        Ledger ledger = Ledger.of(List.of(gateway("a", 10, 10, 0), gateway("a", 10, 10, 0), gateway("b", 5, 4, 1)));

        assertThat(ledger.since(EMPTY)).isEqualTo(figures(15, 14, 0, 1, 0));
    }

    @Test
    void whoSharesAStoreSpeaksForAGatewayThatIsDown() throws Exception {
        Books books = await(List.of(at(down()), gateway("a", 10, 10, 0)), EMPTY, A_MOMENT);

        assertThat(books.isRight()).isTrue();
        assertThat(said).isEmpty();
    }

    @Test
    void aGatewayThatIsDownWithAStoreOfItsOwnIsWaitedFor() throws Exception {
        Ledger before = ledger(Map.of("a", Figures.NONE, "b", Figures.NONE));
        int port = down();
        List<AdminSite> gateways = List.of(gateway("a", 6, 6, 0), at(port));

        assertThat(await(gateways, before, A_MOMENT))
                .matches(books -> books.trouble().contains("127.0.0.1:" + port) && !books.isRight());

        Books books = Books.await(gateways, 10, before, LONG, what -> {
            said.add(what);
            gateway(port, "b", 4, 4, 0);
        });
        assertThat(books.isRight()).isTrue();
        assertThat(said).singleElement().asString().contains("127.0.0.1:" + port, "does not answer");
    }
}
