package io.fairlead.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Processes may start in any order, and registries may come and go. One story of a fleet that knows two
/// registries: each test goes on where the one before has ended.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StartOrderIT {
    @RegisterExtension
    final Cluster cluster = new Cluster("start-order", 2);

    private Gateway gateway;
    private ServiceProcess worker;
    private ServiceProcess registry;
    private ServiceProcess second;

    @Test
    @Order(1)
    void theGatewayAndTheWorkerMayStartBeforeTheRegistries() throws IOException {
        gateway = cluster.startGateway(List.of());
        worker = cluster.startWorker("worker-0");
        await().atMost(Duration.ofSeconds(90)).until(() -> gateway.process().isLive() && worker.isLive());
        assertThat(gateway.process().isReady())
                .as("a gateway that has seen no registry is ready")
                .isFalse();
        assertThat(worker.isReady())
                .as("a worker that is registered nowhere is ready")
                .isFalse();
        assertThat(call("hello")).startsWith("ERR UNAVAILABLE ");

        registry = cluster.startRegistry(0);
        gateway.process().awaitReady();
        worker.awaitReady();
        awaitConnected("worker-0");
        assertThat(call("hello")).isEqualTo("HELLO");
    }

    @Test
    @Order(2)
    void trafficGoesOnWithoutAnyRegistry() throws IOException {
        registry.kill();
        await().until(() -> gateway.connectedRegistries() == 0);
        try (ForeignClient client = open()) {
            for (int i = 0; i < 1_000; i++) {
                assertThat(client.call("call " + i)).isEqualTo("CALL " + i);
            }
        }
    }

    @Test
    @Order(3)
    void aRestartedRegistryLearnsOfTheFleetAndOfNewWorkers() throws IOException {
        try (ForeignClient client = open()) {
            registry = cluster.startRegistry(0).awaitReady();
            ServiceProcess young = cluster.startWorker("worker-1");
            await().atMost(Duration.ofSeconds(90)).until(() -> {
                assertThat(client.call("meanwhile")).isEqualTo("MEANWHILE");
                return gateway.isConnectedTo("worker-1");
            });
            young.awaitReady();
            awaitServes(client, young);
            await().untilAsserted(() -> assertThat(Http.text(registry.httpPort(), "/admin/instances"))
                    .contains("worker-0", "worker-1"));
            awaitConnected("worker-0");
        }
    }

    @Test
    @Order(4)
    void oneOfTwoRegistriesIsEnough() throws IOException {
        second = cluster.startRegistry(1).awaitReady();
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(Http.text(second.httpPort(), "/admin/instances"))
                        .contains("worker-0", "worker-1"));
        try (ForeignClient client = open()) {
            registry.kill();
            ServiceProcess youngest = cluster.startWorker("worker-2");
            await().atMost(Duration.ofSeconds(90)).until(() -> {
                assertThat(client.call("meanwhile")).isEqualTo("MEANWHILE");
                return gateway.isConnectedTo("worker-2");
            });
            youngest.awaitReady();
            awaitServes(client, youngest);
            assertThat(gateway.process().isReady()).isTrue();
        }
    }

    @Test
    @Order(5)
    void aGatewayThatStartsWithEveryRegistryDownUsesTheLastKnownView() throws IOException {
        await("the view is on the disk")
                .until(() -> Files.readString(cluster.viewFile()).contains("worker-2"));
        second.kill();
        gateway.process().kill();
        gateway = cluster.startGateway(List.of());
        gateway.process().awaitReady();
        awaitConnected("worker-0");
        awaitConnected("worker-2");
        assertThat(call("hello")).isEqualTo("HELLO");
        assertThat(gateway.process()
                        .health()
                        .at("/components/gateway/details/lastKnownView/unconfirmedInstances")
                        .asInt())
                .isEqualTo(3);

        second = cluster.startRegistry(1).awaitReady();
        await("a registry has confirmed all of them")
                .until(() -> gateway.process()
                        .health()
                        .at("/components/gateway/details/lastKnownView")
                        .isMissingNode());
        assertThat(call("hello")).isEqualTo("HELLO");
    }

    private static void awaitServes(ForeignClient client, ServiceProcess process) {
        await(process.name() + " gets calls").until(() -> {
            assertThat(client.call("hello")).isEqualTo("HELLO");
            return process.metric("fairlead_worker_calls_seconds_count", "service=\"echo\"") > 0;
        });
    }

    private void awaitConnected(String name) {
        Cluster.awaitConnected(gateway, name);
    }

    private ForeignClient open() throws IOException {
        return new ForeignClient(gateway.port("lines"), ClientFraming.LF);
    }

    private String call(String line) throws IOException {
        try (ForeignClient client = open()) {
            return client.call(line);
        }
    }
}
