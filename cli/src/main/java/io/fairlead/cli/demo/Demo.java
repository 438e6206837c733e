package io.fairlead.cli.demo;

import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.SuiteException;
import io.fairlead.client.FairleadClient;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/// Sends traffic through a suite, lets happen to it meanwhile what is to happen, and adds up.
public final class Demo {
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(15);
    private static final Duration BOOKS_LIMIT = Duration.ofSeconds(60);
    private static final int TICK_MILLIS = 100;

    private static final int CONNECTIONS = 4;
    private static final int NATIVE_CLIENTS = 4;
    private static final int NATIVE_THREADS = 2;

    private final DemoSuite suite;
    private final Duration traffic;
    private final Progress progress;
    private final Run run = Run.at(Instant.now(), RandomGenerator.getDefault());

    private final Map<Protocol, Tally> foreign = new EnumMap<>(Protocol.class);
    private final Tally calls = new Tally("native");
    private final Tally messages = new Tally("durable (send)");
    private final List<Tally> tallies = new ArrayList<>();

    /// Hears how far it is.
    public interface Progress {
        /// Something happened.
        void says(String what);

        /// Traffic runs.
        ///
        /// @param share of its time that is over, 0 to 1
        void traffic(double share, long sent, long answered);
    }

    /// @param suite not started; left to the caller to close
    /// @param traffic how long to send
    public Demo(DemoSuite suite, Duration traffic, Progress progress) {
        this.suite = suite;
        this.traffic = traffic;
        this.progress = progress;
        for (Protocol protocol : Protocol.values()) {
            Tally tally = new Tally(protocol.title());
            foreign.put(protocol, tally);
            tallies.add(tally);
        }
        tallies.add(calls);
        tallies.add(messages);
    }

    /// Runs it, once.
    ///
    /// @throws SuiteException if the suite does not get ready
    public DemoReport run() throws InterruptedException {
        List<GatewayAddress> gateways = suite.awaitReady();
        Ledger before = before();
        progress.says("sending HL7, ISO 8583, line, native and durable traffic for " + traffic.toSeconds() + " s");
        List<FairleadClient> clients = new ArrayList<>();
        double seconds;
        try {
            for (int i = 0; i < NATIVE_CLIENTS; i++) {
                clients.add(FairleadClient.builder()
                        .addresses(
                                gateways.stream().map(GatewayAddress::toString).toList())
                        .name("fairlead-demo-" + i)
                        .build());
            }
            seconds = send(gateways, clients);
        } finally {
            clients.forEach(FairleadClient::close);
        }
        suite.mend();
        Books books = Books.await(suite.admins(), messages.answered(), before, BOOKS_LIMIT.toNanos(), progress::says);
        return report(seconds, books);
    }

    private Ledger before() {
        Ledger before = Ledger.of(suite.admins());
        String gaps = String.join("; ", before.gaps());
        if (!gaps.isEmpty()) {
            throw new SuiteException("the books before the traffic: " + gaps);
        }
        return before;
    }

    /// @return how many seconds it took
    private double send(List<GatewayAddress> gateways, List<FairleadClient> clients) throws InterruptedException {
        long startNanos = System.nanoTime();
        List<Runnable> senders = senders(gateways, clients, () -> System.nanoTime() - startNanos < traffic.toNanos());
        CountDownLatch done = new CountDownLatch(senders.size());
        senders.forEach(sender -> Thread.ofVirtual().name("demo").start(() -> {
            try {
                sender.run();
            } finally {
                done.countDown();
            }
        }));
        long limitNanos = traffic.plus(DRAIN_LIMIT).toNanos();
        while (!done.await(TICK_MILLIS, TimeUnit.MILLISECONDS) && System.nanoTime() - startNanos < limitNanos) {
            double share = (double) (System.nanoTime() - startNanos) / traffic.toNanos();
            suite.at(share, sum(Tally::underWay));
            progress.traffic(Math.min(0.99, share), sum(Tally::sent), sum(Tally::answered));
        }
        progress.traffic(1, sum(Tally::sent), sum(Tally::answered));
        return (System.nanoTime() - startNanos) / 1e9;
    }

    private List<Runnable> senders(List<GatewayAddress> gateways, List<FairleadClient> clients, BooleanSupplier more) {
        List<Runnable> senders = new ArrayList<>();
        for (int i = 1; i <= CONNECTIONS; i++) {
            int connection = i;
            foreign.forEach((protocol, tally) -> senders.add(new ForeignConnection(
                    listeners(gateways, connection % gateways.size(), protocol),
                    protocol.framing(),
                    protocol.window(),
                    number -> protocol.exchange(run, number, connection),
                    tally,
                    more)));
        }
        for (FairleadClient client : clients) {
            for (int i = 0; i < NATIVE_THREADS; i++) {
                senders.add(new NativeCalls(client, calls, more));
                senders.add(new NativeSends(client, run, messages, more));
            }
        }
        return senders;
    }

    /// The same listener of all gateways, the first one to begin with in front.
    private static List<InetSocketAddress> listeners(List<GatewayAddress> gateways, int first, Protocol protocol) {
        List<InetSocketAddress> listeners = new ArrayList<>(gateways.stream()
                .map(gateway -> gateway.listener(protocol.listener()))
                .toList());
        Collections.rotate(listeners, -first);
        return listeners;
    }

    private DemoReport report(double seconds, Books durable) {
        Latencies all = new Latencies();
        tallies.forEach(tally -> all.addAll(tally.latencies()));
        List<DemoReport.Line> books = tallies.stream().map(Tally::line).toList();
        DemoReport.Line total = new DemoReport.Line(
                "total",
                books.stream().mapToLong(DemoReport.Line::sent).sum(),
                books.stream().mapToLong(DemoReport.Line::answered).sum(),
                books.stream().mapToLong(DemoReport.Line::wrong).sum(),
                books.stream().mapToLong(DemoReport.Line::failed).sum(),
                books.stream().mapToLong(DemoReport.Line::unknown).sum(),
                books.stream().mapToLong(DemoReport.Line::repeated).sum(),
                all.micros(0.5),
                all.micros(0.99));
        List<String> examples =
                tallies.stream().flatMap(tally -> tally.examples().stream()).toList();
        return new DemoReport(books, total, seconds, suite.faults(), sum(Tally::reconnects), durable, examples);
    }

    private long sum(ToLongFunction<Tally> figure) {
        return tallies.stream().mapToLong(figure).sum();
    }
}
