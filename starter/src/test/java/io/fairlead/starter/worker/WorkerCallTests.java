package io.fairlead.starter.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.autoconfigure.FairleadAutoConfiguration;
import io.fairlead.starter.autoconfigure.FairleadWorkerAutoConfiguration;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Calls over a real socket, from the frame to the method and back.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerCallTests {
    private ConfigurableApplicationContext context;
    private WorkerCalls calls;
    private SampleService sample;

    @BeforeAll
    void start() {
        context = new SpringApplicationBuilder(Application.class)
                .properties("fairlead.worker.port=0", "fairlead.registries=", "fairlead.worker.max-concurrency=4")
                .run();
        calls = new WorkerCalls(context);
        sample = context.getBean(SampleService.class);
    }

    @AfterAll
    void stop() {
        calls.close();
        context.close();
    }

    @Test
    void passesBytesAsTheyAre() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertThat(calls.reply(Request.of("sample/bytes", all, Duration.ofSeconds(5)))
                        .payload())
                .isEqualTo(all);
    }

    @Test
    void passesTextAsUtf8() {
        assertThat(calls.call("sample/hello", "Zoë")).isEqualTo("Hello Zoë");
    }

    @Test
    void acceptsTheReplacementCharacterAsText() {
        assertThat(calls.call("sample/hello", "\uFFFD")).isEqualTo("Hello \uFFFD");
    }

    @Test
    void passesRecordsAsJson() {
        Reply reply = calls.reply(
                Request.of("sample/place", "{\"item\":\"tea\",\"count\":3}".getBytes(UTF_8), Duration.ofSeconds(5)));

        assertThat(new String(reply.payload(), UTF_8)).isEqualTo("{\"item\":\"tea\",\"total\":6}");
        assertThat(reply.metadata().get(Metadata.CONTENT_TYPE)).isEqualTo("application/json");
    }

    @Test
    void passesGenericTypesAsJson() {
        assertThat(calls.call("sample/all", "[{\"item\":\"tea\",\"count\":3}]"))
                .isEqualTo("[{\"item\":\"tea\",\"total\":6}]");
    }

    @Test
    void passesPrimitivesAsJson() {
        assertThat(calls.call("sample/twice", "21")).isEqualTo("42");
    }

    @Test
    void answersOfStages() {
        assertThat(calls.call("sample/later", "tea")).isEqualTo("{\"item\":\"tea\",\"total\":1}");
    }

    @Test
    void repliesEmptyForVoidAndForStagesOfIt() {
        assertThat(calls.call("sample/nothing", "")).isEmpty();
        assertThat(calls.call("sample/nothingLater", "")).isEmpty();
    }

    @Test
    void repliesEmptyForNull() {
        assertThat(calls.call("sample/absent", "")).isEmpty();
    }

    @Test
    void answersMethodsThatAreNamedOtherwise() {
        assertThat(calls.call("sample/other-name", "")).isEqualTo("named");
    }

    @Test
    void refusesUnknownMethods() {
        CallException failure = calls.failure("sample/nope", "");

        assertThat(failure.status()).isEqualTo(Status.UNIMPLEMENTED);
        assertThat(failure.certainlyNotRun()).isTrue();
    }

    @Test
    void saysWhereJsonIsWrongWithoutRepeatingIt() {
        CallException failure = calls.failure("sample/place", "{\"item\":\"tea\",\n\"count\":\"secret\"}");

        assertThat(failure.status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(failure)
                .hasMessageContaining("cannot be read from JSON as Order, line 2")
                .hasMessageNotContaining("secret");
    }

    @Test
    void rejectsEmptyAndNullJson() {
        assertThat(calls.failure("sample/place", "").status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(calls.failure("sample/place", "null").status()).isEqualTo(Status.INVALID_ARGUMENT);
    }

    @Test
    void rejectsTextThatIsNotUtf8() {
        CallException failure = WorkerCalls.failure(
                calls.send(Request.of("sample/hello", new byte[] {'a', (byte) 0xff}, Duration.ofSeconds(5))));

        assertThat(failure.status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(failure).hasMessageContaining("UTF-8");
    }

    @Test
    void passesStatusMessageAndHintOfFairleadExceptions() {
        CallException failure = calls.failure("sample/busy", "");

        assertThat(failure.status()).isEqualTo(Status.ABORTED);
        assertThat(failure).hasMessageContaining("come back later");
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofMillis(1500));
        assertThat(failure.certainlyNotRun()).isFalse();
    }

    @Test
    void hidesWhyAHandlerFailed() {
        CallException failure = calls.failure("sample/broken", "");

        assertThat(failure.status()).isEqualTo(Status.INTERNAL);
        assertThat(failure).hasMessageContaining("handler failed").hasMessageNotContaining("password");
    }

    @Test
    void answersErrorsToo() {
        assertThat(calls.failure("sample/overflow", "").status()).isEqualTo(Status.INTERNAL);
    }

    @Test
    void unwrapsFailuresOfStages() {
        assertThat(calls.failure("sample/failsLater", "").status()).isEqualTo(Status.NOT_FOUND);
    }

    @Test
    void failsCallsWhoseStageIsNull() {
        assertThat(calls.failure("sample/noStage", "").status()).isEqualTo(Status.INTERNAL);
    }

    @Test
    void showsTheContext() {
        Metadata metadata = Metadata.of(
                Map.of(Metadata.IDEMPOTENCY_KEY, "k1", Metadata.ORDERING_KEY, "o1", Metadata.IDENTITY, "pos-7"));
        Reply reply =
                calls.reply(new Request(Route.parse("sample/context"), metadata, new byte[0], Duration.ofSeconds(5)));

        assertThat(new String(reply.payload(), UTF_8)).isEqualTo("sample/context k1 o1 pos-7 true false 127.0.0.1");
        assertThat(reply.metadata().get("x-served-by")).isEqualTo("sample");
    }

    @Test
    void runsOnVirtualThreadsNamedAfterTheRoute() {
        assertThat(calls.call("sample/thread", "")).isEqualTo("sample/thread true");
    }

    @Test
    void runsWhatDoesNotBlockOnTheLoop() {
        assertThat(calls.call("sample/loop", "x")).startsWith("fairlead-").endsWith(" false");
        assertThat(calls.call("sample/leavesTheLoop", "")).doesNotStartWith("fairlead-");
        assertThat(calls.failure("sample/loop", "").status()).isEqualTo(Status.INTERNAL);
        assertThat(calls.call("sample/loop", "x")).as("the link lives on").startsWith("fairlead-");
    }

    @Test
    void tellsHandlersOfCancelledCalls() throws InterruptedException {
        CompletableFuture<Reply> call = calls.send("sample/waitForCancel", "");
        assertThat(sample.waiting.await(10, TimeUnit.SECONDS)).isTrue();

        call.cancel(false);

        assertThat(sample.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        Awaitility.await().untilAsserted(() -> assertThat(worker().inFlight()).isZero());
    }

    @Test
    void refusesCallsBeyondTheLimitAndTakesFurtherOnesAfterwards() throws InterruptedException {
        Awaitility.await().untilAsserted(() -> assertThat(worker().inFlight()).isZero());
        sample.gate = new CountDownLatch(1);
        List<CompletableFuture<Reply>> running = IntStream.range(0, 4)
                .mapToObj(i -> calls.send("sample/gated", ""))
                .toList();
        Awaitility.await().untilAsserted(() -> assertThat(worker().inFlight()).isEqualTo(4));

        CallException failure = calls.failure("sample/hello", "x");

        assertThat(failure.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(failure.certainlyNotRun()).isTrue();
        sample.gate.countDown();
        CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
        assertThat(calls.call("sample/hello", "x")).isEqualTo("Hello x");
    }

    private Worker worker() {
        return context.getBean(Worker.class);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        JacksonAutoConfiguration.class,
        FairleadAutoConfiguration.class,
        FairleadWorkerAutoConfiguration.class
    })
    static class Application {
        @Bean
        SampleService sample() {
            return new SampleService();
        }
    }
}
