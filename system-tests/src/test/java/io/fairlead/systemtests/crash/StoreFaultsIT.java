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

    /// More than the disk has room for.
    private static final int MOST = 1_000;

    private final Path folder = Folders.target("store-faults-it");
    private final Set<String> acknowledged = new HashSet<>();
    private int messages;

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
        try (FairleadClient client = FairleadClient.connect(address + ":" + CrashPorts.NATIVE);
                Foreign ward = new Foreign(new Dialogue.Hl7(), address);
                Foreign terminal = new Foreign(new Dialogue.Advices(), address)) {
            while (messages < BEFORE) {
                send(client);
            }
            disk.fill();
            CallException refused = awaitRefusal(client);

            assertThat(refused.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
            assertThat(refused.certainlyNotRun()).isTrue();
            Refused admission = awaitRefusal(client, ward, "wards");
            assertThat(admission.answer().text())
                    .containsPattern("MSA\\|(AR|CR)\\|" + admission.sent().id());
            assertThat(awaitRefusal(client, terminal, "cards").answer().text()).contains("code=91");
            await("health says so")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !fleet.pages(GATEWAY)
                            .health()
                            .at("/status")
                            .asString()
                            .equals("UP"));

            disk.free();
            await("messages are taken again").atMost(Duration.ofSeconds(60)).until(() -> {
                Dialogue.Answer answer = ward.send(admission.sent(), true);
                return answer.meaning() == Dialogue.Meaning.ACKNOWLEDGED;
            });
            acknowledged.add(admission.sent().id());
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

    private void send(FairleadClient client) {
        Sent sent = new Sent("native", messages++, 0);
        client.send("crash/note", payload(sent), options(sent));
        acknowledged.add(sent.id());
    }

    /// Blocks that the journal had already still take some.
    private CallException awaitRefusal(FairleadClient client) {
        for (int i = 0; i < MOST; i++) {
            CallException refused = catchThrowableOfType(CallException.class, () -> send(client));
            if (refused != null) {
                return refused;
            }
        }
        throw new AssertionError("messages taken by a full disk: " + MOST + " (expected: a refusal)");
    }

    private record Refused(Sent sent, Dialogue.Answer answer) {}

    /// What has no room for 100 KB may have it for a small message, also because a checkpoint of SQLite makes some;
    /// each
    /// message takes of it.
    private Refused awaitRefusal(FairleadClient client, Foreign foreign, String producer) throws IOException {
        for (int number = 0; number < MOST; number++) {
            awaitRefusal(client);
            Sent sent = new Sent(producer, number, 0);
            Dialogue.Answer answer = foreign.send(sent, false);
            if (answer.meaning() != Dialogue.Meaning.ACKNOWLEDGED) {
                return new Refused(sent, answer);
            }
            acknowledged.add(sent.id());
        }
        throw new AssertionError(
                "messages of " + producer + " taken by a full disk: " + MOST + " (expected: a refusal)");
    }

    private static CallOptions options(Sent sent) {
        return CallOptions.DEFAULTS.withTimeout(Duration.ofSeconds(30)).withIdempotencyKey(sent.id());
    }

    /// Long, so that a full disk is full soon.
    private static byte[] payload(Sent sent) {
        return (sent.producer() + " " + sent.number() + " " + sent.orderingKey() + " ".repeat(100_000)).getBytes(UTF_8);
    }
}
