package io.fairlead.starter.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.FakeRegistry;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.worker.Worker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.application.AvailabilityHealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

class FairleadHealthAutoConfigurationTests {
    private final ApplicationContextRunner runner = WorkerCalls.runner()
            .withConfiguration(AutoConfigurations.of(
                    ApplicationAvailabilityAutoConfiguration.class,
                    FairleadHealthAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class,
                    HealthContributorRegistryAutoConfiguration.class,
                    HealthEndpointAutoConfiguration.class,
                    AvailabilityHealthContributorAutoConfiguration.class,
                    AvailabilityProbesAutoConfiguration.class))
            .withPropertyValues("management.endpoint.health.probes.enabled=true")
            .withBean(Sample.class);

    @Test
    void isUpOnceARegistryHasTheWorker() {
        try (FakeRegistry registry = new FakeRegistry()) {
            runner.withPropertyValues("fairlead.registries=127.0.0.1:1," + registry.address())
                    .run(context -> {
                        Awaitility.await()
                                .untilAsserted(() ->
                                        assertThat(health(context).getStatus()).isEqualTo(Status.UP));
                        assertThat(health(context).getDetails().toString())
                                .contains("127.0.0.1:1={registered=false", registry.address() + "={registered=true");
                    });
        }
    }

    @Test
    void showsThatAnAdminHasDrainedTheWorker() {
        try (FakeRegistry registry = new FakeRegistry()) {
            runner.withPropertyValues("fairlead.registries=" + registry.address())
                    .run(context -> {
                        Awaitility.await()
                                .until(() -> registry.heard().stream().anyMatch(heard -> heard.startsWith("wishes")));
                        registry.wish("{\"type\":\"drain\"}");
                        Awaitility.await()
                                .untilAsserted(() -> assertThat(
                                                health(context).getDetails().toString())
                                        .contains("drained by an admin"));
                        assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                    });
        }
    }

    @Test
    void isDownWithTheReasonWhileNoRegistryHasTheWorker() {
        runner.withPropertyValues("fairlead.registries=127.0.0.1:1").run(context -> {
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(health(context).getDetails().toString())
                            .contains("registered with no registry", "lastError="));
        });
    }

    @Test
    void isUpWithoutRegistriesToRegisterWith() {
        runner.run(context -> assertThat(health(context).getStatus()).isEqualTo(Status.UP));
    }

    @Test
    void isDownWhileTheWorkerIsStopped() {
        runner.run(context -> {
            context.getBean(Worker.class).stop();

            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void belongsToReadinessAndNotToLiveness() {
        runner.run(context -> {
            HealthEndpointGroups groups = context.getBean(HealthEndpointGroups.class);

            assertThat(groups.get("readiness"))
                    .isNotNull()
                    .satisfies(group -> assertThat(group.isMember("fairleadWorker") && group.isMember("readinessState"))
                            .isTrue());
            assertThat(groups.get("liveness"))
                    .isNotNull()
                    .satisfies(group ->
                            assertThat(group.isMember("fairleadWorker")).isFalse());
        });
    }

    @Test
    void leavesAReadinessGroupAloneThatTheApplicationDefines() {
        runner.withPropertyValues("management.endpoint.health.group.readiness.include=readinessState")
                .run(context -> assertThat(
                                context.getBean(HealthEndpointGroups.class).get("readiness"))
                        .isNotNull()
                        .satisfies(group ->
                                assertThat(group.isMember("fairleadWorker")).isFalse()));
    }

    @Test
    void canBeSwitchedOff() {
        runner.withPropertyValues("management.health.fairlead-worker.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(WorkerHealthIndicator.class));
    }

    @Test
    void isAbsentWithoutBootsHealth() {
        WorkerCalls.runner()
                .withConfiguration(AutoConfigurations.of(FairleadHealthAutoConfiguration.class))
                .withBean(Sample.class)
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(Worker.class));
    }

    private static Health health(ApplicationContext context) {
        Health health = context.getBean(WorkerHealthIndicator.class).health();
        assertThat(health).isNotNull();
        return health;
    }

    @FairleadService("sample")
    static class Sample {
        @Call
        void nothing() {}
    }
}
