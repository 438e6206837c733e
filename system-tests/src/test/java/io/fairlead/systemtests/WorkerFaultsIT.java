package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Status;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        // In turn, so that it is no matter of latencies whether a worker has calls of these services when it stops.
        gateway = cluster.startGateway(
                List.of(),
                "fairlead.gateway.balance.services.cards.policy=round-robin",
                "fairlead.gateway.balance.services.hl7.policy=round-robin");
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
            load.start("native echo", 12, number -> call -> echo(client, number + "/" + call));
            load.start("native cards", 6, number -> call -> nativeAuthorization(client, number, call));
            load.start("lines", 4, number -> new LineClient(gateway.port("lines"), number));
            load.start("mllp", 2, number -> new Hl7Client(gateway.port("mllp"), number));
            load.start("iso8583", 4, number -> new CardClient(gateway.port("iso8583"), number));
            load.awaitMore(50);

            workers.get("worker-1").kill();
            load.awaitMore(100);

            // It comes back under the same name and gets calls.
            ServiceProcess again = cluster.startWorker("worker-1");
            workers.put("worker-1", again);
            again.awaitReady();
            await().until(() -> calls(again) > 0);
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
    void callsThatADeadWorkerHadAreRepeatedElsewhereOrUnknownIfTheyMustNotBe() {
        String victim = "worker-0";
        int each = 6;
        try (FairleadClient client = nativeClient();
                Load load = new Load()) {
            load.start("native cards", each, number -> call -> nativeAuthorization(client, number, call));
            load.start("lines", each, number -> new LineClient(gateway.port("lines"), number));
            load.start("mllp", each, number -> new Hl7Client(gateway.port("mllp"), number));
            load.start("iso8583", each, number -> new CardClient(gateway.port("iso8583"), number));
            load.awaitMore(5);

            workers.get(victim).pause();
            // One client after the other comes to wait for the victim, but for those of lines, which need not.
            await().until(() -> inFlight(victim) >= 3 * each || !gateway.isConnectedTo(victim));
            workers.get(victim).kill();
            load.awaitMore(20);
            load.stop();

            load.assertNoFaults();
            assertThat(load.unknown("lines")).isZero();
            assertThat(load.unknown("mllp")).isZero();
            assertThat(load.unknown("native cards")).isBetween(1L, (long) each);
            // The same method, but its listener reads a key from the message, and the method runs once for each.
            assertThat(load.unknown("iso8583")).isZero();
        } finally {
            workers.get(victim).kill();
            workers.put(victim, cluster.startWorker(victim).awaitReady());
        }
    }

    @Test
    void aWorkerThatStopsIsReplacedAndServesAgainWhenItGoesOn() {
        String victim = "worker-2";
        ServiceProcess stopped = workers.get(victim);
        try (FairleadClient client = nativeClient();
                Load load = new Load()) {
            load.start("native echo", 6, number -> call -> echo(client, number + "/" + call));
            load.start("mllp", 6, number -> new Hl7Client(gateway.port("mllp"), number));
            load.awaitMore(5);
            double retries = gateway.process().metric("fairlead_upstream_retries_total");
            stopped.pause();
            try {
                await().until(() -> !gateway.isConnectedTo(victim));
                load.awaitMore(20);
                assertThat(gateway.process().metric("fairlead_upstream_retries_total"))
                        .as("calls that it had and were tried elsewhere")
                        .isGreaterThan(retries);
            } finally {
                stopped.resume();
            }
            Cluster.awaitConnected(gateway, victim);
            stopped.awaitReady();
            double before = calls(stopped);
            await().until(() -> calls(stopped) > before);
            load.stop();

            load.assertNoFaults();
            assertThat(load.kinds()).allMatch(kind -> load.unknown(kind) == 0);
        }
    }

    private static double calls(ServiceProcess worker) {
        return worker.metric("fairlead_worker_calls_seconds_count");
    }

    private int inFlight(String worker) {
        return gateway.upstream(worker).map(Gateway.Upstream::inFlight).orElse(0);
    }

    private static Load.Outcome echo(FairleadClient client, String text) {
        byte[] payload = text.getBytes(UTF_8);
        assertThat(client.call("echo/echo", payload)).isEqualTo(payload);
        return Load.Outcome.RIGHT;
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
