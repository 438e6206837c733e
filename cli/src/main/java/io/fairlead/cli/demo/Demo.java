package io.fairlead.cli.demo;

import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.Ports;
import io.fairlead.cli.suite.ProcessId;
import io.fairlead.cli.suite.ProcessPlan;
import io.fairlead.cli.suite.Service;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteException;
import io.fairlead.cli.suite.SuiteProcess;
import io.fairlead.client.FairleadClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;

/// Starts a suite on free ports, sends traffic, kills and pauses processes in the middle, and adds up.
public final class Demo {
    private static final int REGISTRIES = 2;
    private static final int GATEWAYS = 2;
    private static final int WORKERS = 3;

    private static final Duration READY_LIMIT = Duration.ofMinutes(3);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(15);
    private static final int TICK_MILLIS = 100;

    private static final int CONNECTIONS = 4;
    private static final int WINDOW = 4;
    private static final int NATIVE_CLIENTS = 4;
    private static final int NATIVE_THREADS = 2;

    /// The gateway that the faults kill, and that comes back to deliver what it had acknowledged.
    private static final String KILLED_GATEWAY = "gateway-1";

    private static final Duration BOOKS_LIMIT = Duration.ofSeconds(60);

    private final Suite suite;
    private final Duration traffic;
    private final Progress progress;

    private final Tally hl7 = new Tally("HL7 (mllp)");
    private final Tally cards = new Tally("ISO 8583 (length2)");
    private final Tally lines = new Tally("lines (lf)");
    private final Tally calls = new Tally("native");
    private final Tally messages = new Tally("durable (send)");
    private final List<Tally> tallies = List.of(hl7, cards, lines, calls, messages);

    /// Hears how far it is.
    public interface Progress {
        /// Something happened.
        void says(String what);

        /// Traffic runs.
        ///
        /// @param share of its time that is over, 0 to 1
        void traffic(double share, long sent, long answered);
    }

    /// @param suite that of [Suite#demo], of which nothing runs
    /// @param traffic how long to send
    public Demo(Suite suite, Duration traffic, Progress progress) {
        this.suite = suite;
        this.traffic = traffic;
        this.progress = progress;
    }

    /// Runs it. The suite's processes are left to the caller to end, in every case.
    ///
    /// @throws SuiteException if the suite does not start
    public DemoReport run() throws InterruptedException {
        suite.prepare(progress::says);
        List<ProcessPlan> plans = Ports.free(ProcessPlan.standard(REGISTRIES, GATEWAYS, WORKERS));
        progress.says("starting " + REGISTRIES + " registries, " + GATEWAYS + " gateways, " + WORKERS
                + " workers on free ports");
        long startNanos = System.nanoTime();
        List<SuiteProcess> processes = suite.start(plans, ProcessId.current());
        suite.awaitReady(processes, READY_LIMIT, name -> {});
        progress.says("ready after " + seconds(startNanos) + " s; sending HL7, ISO 8583, "
                + "line, native and durable traffic for " + traffic.toSeconds() + " s");
        List<SuiteProcess> gateways = processes.stream()
                .filter(process -> process.service() == Service.GATEWAY)
                .toList();
        List<FairleadClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < NATIVE_CLIENTS; i++) {
                clients.add(FairleadClient.builder()
                        .addresses(gateways.stream()
                                .map(gateway -> "127.0.0.1:" + gateway.port("native"))
                                .toArray(String[]::new))
                        .name("fairlead-demo-" + i)
                        .build());
            }
            return send(plans, gateways, clients, new Faults(processes, () -> sum(Tally::underWay), progress::says));
        } finally {
            clients.forEach(FairleadClient::close);
        }
    }

    private DemoReport send(
            List<ProcessPlan> plans, List<SuiteProcess> gateways, List<FairleadClient> clients, Faults faults)
            throws InterruptedException {
        long startNanos = System.nanoTime();
        BooleanSupplier more = () -> System.nanoTime() - startNanos < traffic.toNanos();
        List<Runnable> senders = senders(gateways, clients, more);
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
            faults.at(share);
            progress.traffic(Math.min(0.99, share), sum(Tally::sent), sum(Tally::answered));
        }
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        progress.traffic(1, sum(Tally::sent), sum(Tally::answered));
        return report(seconds, faults.done(), books(plans));
    }

    /// The killed gateway kept what it had acknowledged, and delivers it when it is back.
    private Books books(List<ProcessPlan> plans) throws InterruptedException {
        ProcessPlan killed = plans.stream()
                .filter(plan -> plan.name().equals(KILLED_GATEWAY))
                .findFirst()
                .orElseThrow();
        if (suite.state().running().stream().noneMatch(process -> process.name().equals(KILLED_GATEWAY))) {
            progress.says("starting " + KILLED_GATEWAY + " again, which has to deliver what it had acknowledged");
            SuiteProcess again = suite.startAgain(killed, plans);
            suite.awaitReady(List.of(again), READY_LIMIT, name -> {});
        }
        return Books.await(AdminSite.of(suite.state()), messages.answered(), BOOKS_LIMIT.toNanos());
    }

    private List<Runnable> senders(List<SuiteProcess> gateways, List<FairleadClient> clients, BooleanSupplier more) {
        List<Runnable> senders = new ArrayList<>();
        for (int i = 1; i <= CONNECTIONS; i++) {
            int connection = i;
            int first = i % gateways.size();
            // One at a time: an HL7 client waits for each acknowledgment.
            senders.add(
                    new ForeignConnection(ports(gateways, first, "mllp"), Framing.MLLP, 1, Hl7Message::new, hl7, more));
            senders.add(new ForeignConnection(
                    ports(gateways, first, "iso8583"),
                    Framing.LENGTH2,
                    WINDOW,
                    number -> new CardMessage(number, connection),
                    cards,
                    more));
            senders.add(new ForeignConnection(
                    ports(gateways, first, "lines"),
                    Framing.LINE,
                    WINDOW,
                    number -> new TextLine(number, connection),
                    lines,
                    more));
        }
        for (FairleadClient client : clients) {
            for (int i = 0; i < NATIVE_THREADS; i++) {
                senders.add(new NativeCalls(client, calls, more));
                senders.add(new NativeSends(client, messages, more));
            }
        }
        return senders;
    }

    /// The same listener of all gateways, the first one to begin with in front.
    private static List<Integer> ports(List<SuiteProcess> gateways, int first, String listener) {
        List<Integer> ports = new ArrayList<>(
                gateways.stream().map(gateway -> gateway.port(listener)).toList());
        Collections.rotate(ports, -first);
        return ports;
    }

    private DemoReport report(double seconds, List<DemoReport.Fault> faults, Books durable) {
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
        return new DemoReport(books, total, seconds, faults, sum(Tally::reconnects), durable, examples);
    }

    private long sum(ToLongFunction<Tally> figure) {
        return tallies.stream().mapToLong(figure).sum();
    }

    private static String seconds(long startNanos) {
        return String.format(Locale.ROOT, "%.1f", (System.nanoTime() - startNanos) / 1e9);
    }
}
