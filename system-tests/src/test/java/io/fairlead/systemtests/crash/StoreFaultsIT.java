package io.fairlead.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.systemtests.nodes.Folders;
import io.fairlead.wire.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// A journal whose disk is full: nothing new is taken, everybody is told in the own language, and nothing is
/// lost.
class StoreFaultsIT {
    private static final String GATEWAY = "gateway-0";
    private static final int BEFORE = 50;
    private static final int MEGABYTES = 32;

    private final Path folder = Folders.target("store-faults-it");

    @Test
    void aFullDiskRefusesNewMessagesAndLosesNone() throws Exception {
        Volume.release(folder);
        Folders.empty(folder);
        Optional<String> whyNot = Volume.whyNot(folder);
        whyNot.ifPresent(reason -> System.err.println("SKIPPED: a full disk cannot be made here: " + reason));
        Assumptions.assumeTrue(whyNot.isEmpty(), whyNot::toString);

        try (Stores stores =
                        new Stores(Engine.SQLITE, Engine.SQLITE, folder.resolve("data"), List.of(GATEWAY), MEGABYTES);
                CrashFleet fleet = new CrashFleet(folder, stores, 1, 1)) {
            stores.effects().create();
            fleet.start();
            try {
                fullDisk(stores, fleet);
            } catch (Exception | AssertionError e) {
                System.err.println(fleet.logTails());
                throw e;
            }
        }
    }

    private void fullDisk(Stores stores, CrashFleet fleet) throws IOException {
        Volume disk = stores.volumes().get(GATEWAY);
        String address = fleet.address(GATEWAY);
        Set<String> acknowledged = new HashSet<>();
        try (FairleadClient client = FairleadClient.connect(address + ":" + CrashPorts.NATIVE);
                Foreign ward = new Foreign(new Dialogue.Hl7(), address);
                Foreign terminal = new Foreign(new Dialogue.Advices(), address)) {
            for (int number = 0; number < BEFORE; number++) {
                Sent sent = new Sent("native", number, 0);
                client.send("crash/note", payload(sent), options(sent));
                acknowledged.add(sent.id());
            }
            disk.fill();
            // What is left of blocks that the journal had already may still take some; each is of 100 KB.
            CallException refused = awaitRefusal(client, acknowledged);

            assertThat(refused.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
            assertThat(refused.certainlyNotRun()).isTrue();
            assertThat(ward.send(new Sent("wards", 0, 0), false).text()).containsPattern("MSA\\|(AR|CR)\\|wards-0");
            assertThat(terminal.send(new Sent("cards", 0, 0), false).text()).contains("code=91");
            await("health says so")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !fleet.pages(GATEWAY)
                            .health()
                            .at("/status")
                            .asString()
                            .equals("UP"));

            disk.free();
            await("messages are taken again").atMost(Duration.ofSeconds(60)).until(() -> {
                Dialogue.Answer answer = ward.send(new Sent("wards", 0, 0), true);
                return answer.meaning() == Dialogue.Meaning.ACKNOWLEDGED;
            });
            acknowledged.add("wards-0");
            await("health is well again")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> fleet.pages(GATEWAY)
                            .health()
                            .at("/status")
                            .asString()
                            .equals("UP"));
        }
        await("all is done")
                .atMost(Duration.ofSeconds(60))
                .until(() -> fleet.books().stream().allMatch(each -> each.inFlight() == 0 && each.missing() == 0));
        Set<String> effects = new HashSet<>();
        stores.effects().forEach(effect -> effects.add(effect.producer() + "-" + effect.number()));
        assertThat(effects).containsAll(acknowledged);
    }

    private static CallException awaitRefusal(FairleadClient client, Set<String> acknowledged) {
        for (int number = BEFORE; number < BEFORE + 1_000; number++) {
            Sent sent = new Sent("native", number, 0);
            CallException refused = catchThrowableOfType(CallException.class, () -> {
                client.send("crash/note", payload(sent), options(sent));
                acknowledged.add(sent.id());
            });
            if (refused != null) {
                return refused;
            }
        }
        throw new AssertionError("messages taken by a full disk: 1000 (expected: a refusal)");
    }

    private static CallOptions options(Sent sent) {
        return CallOptions.DEFAULTS.withTimeout(Duration.ofSeconds(30)).withIdempotencyKey(sent.id());
    }

    /// Long, so that a full disk is full soon.
    private static byte[] payload(Sent sent) {
        return (sent.producer() + " " + sent.number() + " " + sent.orderingKey() + " ".repeat(100_000)).getBytes(UTF_8);
    }
}
