package io.fairlead.starter.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSecret;
import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.worker.CallRecorder;
import io.fairlead.starter.worker.Worker;
import io.fairlead.starter.worker.WorkerLinks;
import io.fairlead.starter.worker.WorkerProperties;
import io.fairlead.wire.Status;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

class FairleadWorkerAutoConfigurationTests {
    private final ApplicationContextRunner empty = WorkerCalls.runner();
    private final ApplicationContextRunner runner = empty.withBean(Sample.class);

    @Test
    void createsNothingWithoutAService() {
        empty.run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context).doesNotHaveBean(Worker.class).doesNotHaveBean(NettyTransport.class);
        });
    }

    @Test
    void createsNothingWhereItIsSwitchedOff() {
        runner.withPropertyValues("fairlead.worker.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Worker.class));
    }

    @Test
    void listensWhereThereIsAService() {
        runner.run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                assertThat(calls.call("sample/point", "")).isEqualTo("{\"upAndDown\":1}");
            }
        });
    }

    @Test
    void aWorkerWithASecretServesOnlyThoseWhoKnowIt() {
        String secret = "a secret of sixteen characters";
        runner.withPropertyValues("fairlead.secret=" + secret).run(context -> {
            LinkSecret shared = context.getBean(WorkerLinks.class).server().secret();
            assertThat(shared)
                    .isNotNull()
                    .isSameAs(context.getBean(WorkerLinks.class).client().secret());
            assertThat(context.getBean(FairleadProperties.class).toString())
                    .contains("secret=set")
                    .doesNotContain(secret);
            int port = context.getBean(Worker.class).port();
            try (WorkerCalls stranger = new WorkerCalls(port);
                    WorkerCalls ours = new WorkerCalls(port, LinkSecret.of("same", secret))) {
                assertThat(ours.call("sample/point", "")).isEqualTo("{\"upAndDown\":1}");
                stranger.send("sample/point", "");
                await().until(() -> shared.refused() > 0);
            }
        });
    }

    @Test
    void findsScannedServicesAndLeavesTheirBeanNamesAlone() {
        empty.withUserConfiguration(Scanning.class).run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(Worker.class).doesNotHaveBean("scanned");
            assertThat(context.getBeanNamesForType(ScannedService.class))
                    .singleElement()
                    .asString()
                    .endsWith("ScannedService");
        });
    }

    @Test
    void usesTheApplicationsMapper() {
        runner.withBean(
                        JsonMapper.class,
                        () -> JsonMapper.builder()
                                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                                .build())
                .run(context -> {
                    try (WorkerCalls calls = new WorkerCalls(context)) {
                        assertThat(calls.call("sample/point", "")).isEqualTo("{\"up_and_down\":1}");
                    }
                });
    }

    @Test
    void usesTheApplicationsTransportNameAndRecorder() {
        List<Status> recorded = new CopyOnWriteArrayList<>();
        runner.withBean(NettyTransport.class, () -> NettyTransport.create(1, "own"))
                .withBean(ProcessName.class, () -> new ProcessName("own"))
                .withBean(CallRecorder.class, () -> route -> (status, nanos) -> recorded.add(status))
                .run(context -> {
                    assertThat(context).hasSingleBean(NettyTransport.class).hasSingleBean(ProcessName.class);
                    try (WorkerCalls calls = new WorkerCalls(context)) {
                        calls.call("sample/point", "");
                    }
                    assertThat(recorded).containsExactly(Status.OK);
                });
    }

    @Test
    void bindsAllSettings() {
        runner.withPropertyValues(
                        "fairlead.name=w7",
                        "fairlead.worker.zone=z",
                        "fairlead.worker.weight=200",
                        "fairlead.worker.max-concurrency=9",
                        "fairlead.worker.concurrency=adaptive",
                        "fairlead.worker.loops=2",
                        "fairlead.worker.drain-timeout=3s",
                        "fairlead.worker.max-frame-size=64KB",
                        "fairlead.worker.heartbeat=500ms",
                        "fairlead.worker.max-connections=11",
                        "fairlead.worker.advertised-host=w7.example.com")
                .run(context -> {
                    assertThat(context.getBean(WorkerProperties.class))
                            .isEqualTo(new WorkerProperties(
                                    true,
                                    "127.0.0.1",
                                    0,
                                    "w7.example.com",
                                    "z",
                                    200,
                                    WorkerProperties.Concurrency.ADAPTIVE,
                                    9,
                                    2,
                                    Duration.ofSeconds(3),
                                    DataSize.ofKilobytes(64),
                                    Duration.ofMillis(500),
                                    11,
                                    new WorkerProperties.Ssl(null)));
                    WorkerLinks links = context.getBean(WorkerLinks.class);
                    assertThat(links.server().name()).isEqualTo("w7");
                    assertThat(links.server().maxFrameBytes()).isEqualTo(65_536);
                    assertThat(links.server().maxConnections()).isEqualTo(11);
                    assertThat(links.registries()).isEmpty();
                });
    }

    @Test
    void hasDefaultsForAllSettings() {
        new ApplicationContextRunner()
                .withUserConfiguration(FairleadAutoConfiguration.class)
                .withPropertyValues("spring.application.name=orders")
                .run(context -> {
                    assertThat(context.getBean(FairleadProperties.class).registryAddresses())
                            .containsExactly(InetSocketAddress.createUnresolved("127.0.0.1", 7500));
                    assertThat(context.getBean(ProcessName.class).value()).matches("orders-[0-9a-f]{6}");
                });
    }

    @Test
    void readsRegistriesWithNamesAndIpv6() {
        new ApplicationContextRunner()
                .withUserConfiguration(FairleadAutoConfiguration.class)
                .withPropertyValues("fairlead.registries=registry-1:7500,[::1]:7510")
                .run(context -> assertThat(
                                context.getBean(FairleadProperties.class).registryAddresses())
                        .containsExactly(
                                InetSocketAddress.createUnresolved("registry-1", 7500),
                                InetSocketAddress.createUnresolved("::1", 7510)));
    }

    @Configuration(proxyBeanMethods = false)
    @ComponentScan(
            basePackageClasses = FairleadWorkerAutoConfigurationTests.class,
            useDefaultFilters = false,
            includeFilters =
                    @ComponentScan.Filter(
                            type = org.springframework.context.annotation.FilterType.ASSIGNABLE_TYPE,
                            classes = ScannedService.class))
    static class Scanning {}

    @FairleadService("scanned")
    static class ScannedService {
        @Call
        void nothing() {}
    }

    record Point(int upAndDown) {}

    @FairleadService("sample")
    static class Sample {
        @Call
        Point point() {
            return new Point(1);
        }
    }
}
