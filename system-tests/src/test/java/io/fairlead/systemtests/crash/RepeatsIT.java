package io.fairlead.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.systemtests.nodes.Folders;
import io.fairlead.test.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients that repeat every message three times through two gateways, as those do that trust nobody.
class RepeatsIT {
    private static final int MESSAGES = 200;
    private static final int KEYS = 20;

    @ParameterizedTest(name = "journal {0}")
    @EnumSource(Engine.class)
    void everyMessageHasOneEffect(Engine store) throws Exception {
        if (!PostgresServer.isInstalled()) {
            System.err.println("SKIPPED: repeats through two gateways: PostgreSQL is not installed");
        }
        Assumptions.assumeTrue(PostgresServer.isInstalled());
        Path folder = Folders.target("repeats-it-" + store.text());
        Folders.empty(folder);
        try (Stores stores = new Stores(store, Engine.POSTGRES, folder.resolve("data"), List.of(), 0);
                CrashFleet fleet = new CrashFleet(folder, stores, 2, 2)) {
            stores.effects().create();
            fleet.start();
            List<String> gateways =
                    fleet.gatewayNames().stream().map(fleet::address).toList();
            try {
                nativeMessages(gateways);
                calls(gateways);
                foreign("wards", new Dialogue.Hl7(), gateways);
                foreign("cards", new Dialogue.Advices(), gateways);
                awaitNothingInFlight(fleet);
            } catch (Exception | AssertionError e) {
                System.err.println(fleet.logTails());
                throw e;
            }

            Map<String, Integer> effects = new HashMap<>();
            stores.effects()
                    .forEach(effect -> effects.merge(effect.producer() + "-" + effect.number(), 1, Integer::sum));
            assertThat(effects).hasSize(4 * MESSAGES);
            assertThat(effects.values()).containsOnly(1);
        }
    }

    private static Sent sent(String producer, int number) {
        return new Sent(producer, number, number % KEYS);
    }

    private static byte[] payload(Sent sent) {
        return (sent.producer() + " " + sent.number() + " " + sent.orderingKey()).getBytes(UTF_8);
    }

    private static FairleadClient client(String address) {
        return FairleadClient.connect(address + ":" + CrashPorts.NATIVE);
    }

    private static CallOptions options(Sent sent) {
        return CallOptions.DEFAULTS.withTimeout(Duration.ofSeconds(30)).withIdempotencyKey(sent.id());
    }

    /// Both gateways get each message at the same time, and the first one gets it once more.
    private static void nativeMessages(List<String> gateways) {
        try (FairleadClient first = client(gateways.get(0));
                FairleadClient second = client(gateways.get(1))) {
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int number = 0; number < MESSAGES; number++) {
                Sent sent = sent("native", number);
                CallOptions options = options(sent).withOrderingKey(sent.orderingKey());
                for (FairleadClient client : List.of(first, second, first)) {
                    answers.add(client.sendAsync("crash/note", payload(sent), options));
                }
            }
            answers.forEach(CompletableFuture::join);
        }
    }

    private static void calls(List<String> gateways) {
        try (FairleadClient first = client(gateways.get(0));
                FairleadClient second = client(gateways.get(1))) {
            List<List<CompletableFuture<String>>> calls = new ArrayList<>();
            for (int number = 0; number < MESSAGES; number++) {
                Sent sent = sent("calls", number);
                List<CompletableFuture<String>> answers = new ArrayList<>();
                for (FairleadClient client : List.of(first, second, first)) {
                    answers.add(client.callAsync("crash/apply", payload(sent), options(sent))
                            .thenApply(reply -> new String(reply.payload(), UTF_8)));
                }
                calls.add(answers);
            }
            for (List<CompletableFuture<String>> answers : calls) {
                Set<String> different = new LinkedHashSet<>();
                answers.forEach(answer -> different.add(answer.join()));
                assertThat(different).as("answers to one call").hasSize(1);
            }
        }
    }

    private static void foreign(String producer, Dialogue dialogue, List<String> gateways) throws IOException {
        try (Foreign first = new Foreign(dialogue, gateways.get(0));
                Foreign second = new Foreign(dialogue, gateways.get(1))) {
            for (int number = 0; number < MESSAGES; number++) {
                Sent sent = sent(producer, number);
                boolean repeat = false;
                for (Foreign client : List.of(first, second, first)) {
                    assertThat(client.send(sent, repeat).meaning()).isEqualTo(Dialogue.Meaning.ACKNOWLEDGED);
                    repeat = true;
                }
            }
        }
    }

    private static void awaitNothingInFlight(CrashFleet fleet) {
        await("nothing is in flight")
                .atMost(Duration.ofSeconds(120))
                .until(() -> fleet.books().stream()
                        .peek(books -> assertThat(books.setAside())
                                .as(books.toString())
                                .isZero())
                        .allMatch(books -> books.inFlight() == 0 && books.missing() == 0));
    }
}
