package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A worker that dies or stops is noticed by no client, but for "may have run" where a call must not be repeated.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerFaultsIT {
    @RegisterExtension
    final Cluster cluster = new Cluster("worker-faults", 1);

    private static final List<String> NAMES = List.of("worker-0", "worker-1", "worker-2");

    private final Map<String, ServiceProcess> workers = new LinkedHashMap<>();
    private Gateway gateway;

    @BeforeAll
    void start() {
        cluster.startRegistry(0);
        gateway = cluster.startGateway(List.of());
        NAMES.forEach(name -> workers.put(name, cluster.startWorker(name)));
        gateway.process().awaitReady();
    }

    @BeforeEach
    void allWorkersServe() {
        NAMES.forEach(name -> Cluster.awaitConnected(gateway, name));
    }

    private FairleadClient nativeClient() {
        return FairleadClient.connect("127.0.0.1:" + gateway.port("native"));
    }

    @Test
    void killingAWorkerUnderLoadLosesAndMixesUpNoReply() {
        try (FairleadClient client = nativeClient();
                Load load = new Load()) {
            load.start("native echo", 12, number -> call -> {
                byte[] payload = (number + "/" + call).getBytes(UTF_8);
                assertThat(client.call("echo/echo", payload)).isEqualTo(payload);
                return Load.Outcome.RIGHT;
            });
            load.start("native cards", 6, number -> call -> nativeAuthorization(client, number, call));
            load.start("lines", 4, number -> new LineClient(gateway.port("lines"), number));
            load.start("mllp", 2, number -> new Hl7Client(gateway.port("mllp"), number));
            load.start("iso8583", 4, number -> new CardClient(gateway.port("iso8583"), number));
            load.awaitMore(50);

            workers.get("worker-1").kill();
            load.awaitMore(100);

            // It comes back under the same name and gets its share.
            ServiceProcess again = cluster.startWorker("worker-1");
            workers.put("worker-1", again);
            again.awaitReady();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> again.metric("fairlead_worker_calls_seconds_count", "method=\"authorize\"") > 0);
            load.awaitMore(50);
            load.stop();

            load.assertNoFaults();
            load.kinds().stream()
                    .filter(kind -> !kind.equals("native cards") && !kind.equals("iso8583"))
                    .forEach(kind -> assertThat(load.unknown(kind)).as(kind).isZero());
            // Each client had one call at a time, so no more than that can have been at the worker when it died.
            assertThat(load.unknown("native cards")).isLessThanOrEqualTo(6);
            assertThat(load.unknown("iso8583")).isLessThanOrEqualTo(4);
        }
    }

    @Test
    void callsThatADeadWorkerHadAreRepeatedElsewhereOrUnknownIfTheyMustNotBe() throws Exception {
        int each = 12;
        String victim = "worker-0";
        try (FairleadClient client = nativeClient();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            nativeAuthorization(client, 0, 0); // the connection is open before the clock of the pause runs
            workers.get(victim).pause();
            List<Future<Load.Outcome>> repeatable = new ArrayList<>();
            List<Future<Load.Outcome>> nativeCards = new ArrayList<>();
            List<Future<Load.Outcome>> cards = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                int number = i;
                repeatable.add(threads.submit(() -> once(new LineClient(gateway.port("lines"), number))));
                repeatable.add(threads.submit(() -> once(new Hl7Client(gateway.port("mllp"), number))));
                nativeCards.add(threads.submit(() -> nativeAuthorization(client, 1, number)));
                cards.add(threads.submit(() -> once(new CardClient(gateway.port("iso8583"), number))));
            }
            List<Future<Load.Outcome>> all = new ArrayList<>(repeatable);
            all.addAll(nativeCards);
            all.addAll(cards);
            // All but those that wait for the victim are answered.
            await().until(() -> answered(all) + inFlight(victim) == all.size());

            workers.get(victim).kill();

            assertThat(outcomes(repeatable)).containsOnly(Load.Outcome.RIGHT);
            assertThat(outcomes(nativeCards)).contains(Load.Outcome.RIGHT, Load.Outcome.UNKNOWN);
            assertThat(outcomes(cards)).contains(Load.Outcome.RIGHT, Load.Outcome.UNKNOWN);
        } finally {
            workers.get(victim).kill();
            workers.put(victim, cluster.startWorker(victim).awaitReady());
        }
    }

    @Test
    void aWorkerThatStopsIsReplacedAndServesAgainWhenItGoesOn() throws Exception {
        String victim = "worker-2";
        ServiceProcess stopped = workers.get(victim);
        try (FairleadClient client = nativeClient();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            echo(client, "the connection is open");
            double retries = gateway.process().metric("fairlead_upstream_retries_total");
            stopped.pause();
            List<Future<Load.Outcome>> calls = new ArrayList<>();
            try {
                for (int i = 0; i < 30; i++) {
                    String text = "during the pause " + i;
                    calls.add(threads.submit(() -> echo(client, text)));
                }
                await().until(() -> answered(calls) + inFlight(victim) == calls.size());
                assertThat(outcomes(calls)).as("also those that it had").containsOnly(Load.Outcome.RIGHT);
                assertThat(gateway.process().metric("fairlead_upstream_retries_total"))
                        .as("calls that were tried elsewhere")
                        .isGreaterThan(retries);
                await().until(() -> !gateway.isConnectedTo(victim));
            } finally {
                stopped.resume();
            }
            Cluster.awaitConnected(gateway, victim);
            stopped.awaitReady();
            double before = stopped.metric("fairlead_worker_calls_seconds_count", "service=\"echo\"");
            await().until(() -> {
                echo(client, "after the pause");
                return stopped.metric("fairlead_worker_calls_seconds_count", "service=\"echo\"") > before + 3;
            });
        }
    }

    private int inFlight(String worker) {
        return gateway.upstream(worker).map(Gateway.Upstream::inFlight).orElse(0);
    }

    private static long answered(List<Future<Load.Outcome>> calls) {
        return calls.stream().filter(Future::isDone).count();
    }

    private static List<Load.Outcome> outcomes(List<Future<Load.Outcome>> calls) throws Exception {
        List<Load.Outcome> outcomes = new ArrayList<>();
        for (Future<Load.Outcome> call : calls) {
            outcomes.add(call.get(30, TimeUnit.SECONDS));
        }
        return outcomes;
    }

    private static Load.Outcome echo(FairleadClient client, String text) {
        byte[] payload = text.getBytes(UTF_8);
        assertThat(client.call("echo/echo", payload)).isEqualTo(payload);
        return Load.Outcome.RIGHT;
    }

    private static Load.Outcome once(Load.Client client) throws Exception {
        try (client) {
            return client.call(0);
        }
    }

    private static Load.Outcome nativeAuthorization(FairleadClient client, int number, int call) {
        int trace = trace(number, call);
        byte[] reply;
        try {
            reply = client.call("cards/authorize", Iso8583.authorization(trace, call));
        } catch (CallException e) {
            assertThat(e.status()).as(e.getMessage()).isEqualTo(Status.UNKNOWN);
            return Load.Outcome.UNKNOWN;
        }
        assertThat(Iso8583.response(reply)).isEqualTo(new Iso8583.Response(0x110, trace, call, "00", "TERM0001"));
        return Load.Outcome.RIGHT;
    }

    /// Field 11 of a client's call.
    private static int trace(int client, int call) {
        return client * 50_000 + call;
    }

    private record LineClient(ForeignClient connection, int number) implements Load.Client {
        LineClient(int port, int number) throws IOException {
            this(new ForeignClient(port, ClientFraming.LF), number);
        }

        @Override
        public Load.Outcome call(int call) throws IOException {
            assertThat(connection.call("line " + number + "/" + call)).isEqualTo("LINE " + number + "/" + call);
            return Load.Outcome.RIGHT;
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private record Hl7Client(ForeignClient connection, int number) implements Load.Client {
        Hl7Client(int port, int number) throws IOException {
            this(new ForeignClient(port, ClientFraming.MLLP), number);
        }

        @Override
        public Load.Outcome call(int call) throws IOException {
            String controlId = number + "-" + call;
            Hl7.Ack ack = Hl7.ack(connection.call(Hl7.admission(controlId)));
            assertThat(ack.code()).as(ack.text()).isEqualTo("AA");
            assertThat(ack.controlId()).isEqualTo(controlId);
            return Load.Outcome.RIGHT;
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private record CardClient(ForeignClient connection, int number) implements Load.Client {
        CardClient(int port, int number) throws IOException {
            this(new ForeignClient(port, ClientFraming.LENGTH2), number);
        }

        @Override
        public Load.Outcome call(int call) throws IOException {
            int trace = trace(number, call);
            Iso8583.Response response = Iso8583.response(connection.call(Iso8583.authorization(trace, call)));
            boolean unknown = response.code().equals("96");
            assertThat(response).isEqualTo(new Iso8583.Response(0x110, trace, call, unknown ? "96" : "00", "TERM0001"));
            return unknown ? Load.Outcome.UNKNOWN : Load.Outcome.RIGHT;
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
