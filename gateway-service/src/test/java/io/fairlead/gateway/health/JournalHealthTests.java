package io.fairlead.gateway.health;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.balance.BalanceProperties;
import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.books.LatestBooks;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.breaker.EjectionProperties;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.gateway.call.HedgeProperties;
import io.fairlead.gateway.call.OverloadProperties;
import io.fairlead.gateway.call.RetryProperties;
import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.DeliveryProperties;
import io.fairlead.gateway.delivery.Forgetting;
import io.fairlead.gateway.journal.Acceptance;
import io.fairlead.gateway.journal.Binding;
import io.fairlead.gateway.journal.JournalProperties;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageStore;
import io.fairlead.gateway.journal.MessageStores;
import io.fairlead.gateway.journal.StoreException;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.RegistryView;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.netty.channel.EventLoop;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class JournalHealthTests {
    @TempDir
    Path directory;

    private final NettyTransport transport = NettyTransport.create(1, "test");
    private volatile StoreException.Kind failing;
    private Upstreams upstreams;
    private Deliveries deliveries;
    private LatestBooks books;
    private JournalHealthIndicator health;

    @BeforeEach
    void start() {
        Binder binder = new Binder(
                new MapConfigurationPropertySource(Map.of("j.url", "jdbc:sqlite:" + directory.resolve("journal.db"))));
        upstreams = new Upstreams(
                transport,
                LinkSettings.of("gateway", "test"),
                new CallPolicies(
                        binder.bindOrCreate("retry", RetryProperties.class),
                        binder.bindOrCreate("hedge", HedgeProperties.class),
                        binder.bindOrCreate("overload", OverloadProperties.class)),
                RandomGenerator.getDefault(),
                new Balancing(BalanceProperties.DEFAULTS, "", "test"),
                new Breakers(CircuitBreakerRegistry.ofDefaults(), EjectionProperties.DEFAULTS, System::nanoTime));
        deliveries = new Deliveries(
                failingAtWill(MessageStores.open(
                        binder.bind("j", JournalProperties.class).get())),
                upstreams,
                binder.bindOrCreate("d", DeliveryProperties.class),
                "test",
                InstantSource.system(),
                Duration.ofSeconds(5),
                new Forgetting(Duration.ofHours(1), 100_000),
                RandomGenerator.getDefault());
        deliveries.start();
        books = new LatestBooks(deliveries);
        health = new JournalHealthIndicator(deliveries, books);
    }

    @AfterEach
    void stop() {
        failing = null;
        deliveries.stop();
        upstreams.close();
        transport.close();
    }

    private MessageStore failingAtWill(MessageStore store) {
        Set<String> working = Set.of("write", "probe", "books");
        return (MessageStore) Proxy.newProxyInstance(
                MessageStore.class.getClassLoader(),
                new Class<?>[] {MessageStore.class},
                (proxy, method, arguments) -> {
                    StoreException.Kind kind = failing;
                    if (kind != null && working.contains(method.getName())) {
                        throw new StoreException(kind, "the disk says no", null);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private CompletableFuture<Status> send() {
        CompletableFuture<Status> answer = new CompletableFuture<>();
        long now = System.currentTimeMillis();
        Message message = new Message(
                new Binding("native", Route.parse("orders/place")),
                1,
                "k",
                null,
                Priority.NORMAL,
                now,
                0,
                now + 60_000,
                0,
                new byte[0],
                "tea".getBytes(UTF_8));
        String full = deliveries.journal().accept(message, new Acceptance() {
            @Override
            public EventLoop loop() {
                return transport.loops().getFirst();
            }

            @Override
            public void accepted(Message kept) {
                answer.complete(Status.OK);
            }

            @Override
            public void refused(Status status, boolean certainlyNotKept, String why) {
                answer.complete(status);
            }
        });
        assertThat(full).isNull();
        return answer;
    }

    private Health look() {
        books.read();
        return health.health();
    }

    @Test
    void booksThatAreNotReadYetAreNotSaidToBeEmpty() {
        deliveries.stop();

        LatestBooks.Seen seen = new LatestBooks(deliveries).read();

        assertThat(seen.trouble()).hasMessageContaining("not read yet");
    }

    @ParameterizedTest
    @EnumSource(StoreException.Kind.class)
    void isDownWithKindAndRemedyWhileTheStoreFailsAndUpAgainWithoutANewMessage(StoreException.Kind kind)
            throws Exception {
        assertThat(send().get()).isEqualTo(Status.OK);
        assertThat(look().getStatus().getCode()).isEqualTo("UP");
        assertThat(look().getDetails().get("books")).asString().contains("accepted=1", "missing=0");

        failing = kind;
        assertThat(send().get()).isNotEqualTo(Status.OK);

        Health down = health.health();
        assertThat(down.getStatus().getCode()).isEqualTo("DOWN");
        assertThat(down.getDetails()).containsEntry("kind", kind.name()).containsEntry("reason", "the disk says no");
        assertThat(down.getDetails().get("remedy")).asString().isNotBlank();
        assertThat(look().getDetails().get("books"))
                .as("the books as they were")
                .asString()
                .contains("accepted=1");

        failing = null;
        await().untilAsserted(() -> assertThat(look().getStatus().getCode()).isEqualTo("UP"));
    }

    @Test
    void saysOnceThatMessagesAreStrandedWhereThereAreOtherGateways(CapturedOutput output) {
        AtomicReference<List<String>> gateways = new AtomicReference<>(List.of("a"));
        StrandedMessages stranded = new StrandedMessages(
                deliveries,
                () -> new Fleet(
                        List.of(),
                        true,
                        List.of(new RegistryView("localhost:1", "r", true, false, 0, "", gateways.get()))));

        stranded.look();
        assertThat(output).doesNotContain("jdbc:postgresql");

        gateways.set(List.of("a", "b"));
        stranded.look();
        stranded.look();
        assertThat(output.toString().split("fairlead.gateway.journal.url=jdbc:postgresql", -1))
                .hasSize(2);
    }
}
