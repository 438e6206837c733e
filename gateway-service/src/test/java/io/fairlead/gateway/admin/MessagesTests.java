package io.fairlead.gateway.admin;

import static io.fairlead.gateway.admin.AdminServer.admin;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallHandler;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Durable messages as an operator sees them, on a real journal: books, dead letters, outcomes.
@ExtendWith(OutputCaptureExtension.class)
class MessagesTests {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private volatile boolean mended;

    private final CallHandler place = call -> {
        String payload = new String(call.payload(), UTF_8);
        if (payload.startsWith("bad") && !mended) {
            call.fail(Status.INVALID_ARGUMENT, "no such article");
        } else {
            call.reply(new byte[0]);
        }
    };

    /// An inbox that knows one key of one client.
    private final CallHandler outcome = call -> {
        JsonNode question = JSON.readTree(call.payload());
        boolean known = question.path("key").asString().equals("called")
                && question.path("identity").asString().equals("native")
                && question.path("service").asString().equals("orders");
        call.reply((known
                        ? "{\"state\":\"DONE\",\"method\":\"place\",\"replyBase64\":\"Mg==\",\"atMillis\":7}"
                        : "{\"state\":\"NEVER_SEEN\",\"replyBase64\":\"\",\"atMillis\":0}")
                .getBytes(UTF_8));
    };

    private AdminServer gateway;
    private WorkerStub stub;

    @BeforeEach
    void start() {
        gateway = AdminServer.withPassword();
        stub = new WorkerStub(gateway, place, outcome);
    }

    @AfterEach
    void stop() {
        stub.close();
        gateway.close();
    }

    private String send(String payload, Map<String, String> metadata) throws Exception {
        return stub.send(payload.getBytes(UTF_8), metadata).get().metadata().get(Metadata.MESSAGE_ID);
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = gateway.get(path, admin());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private JsonNode post(String path, int status) throws Exception {
        HttpResponse<String> answer = gateway.post(path, admin());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return JSON.readTree(answer.body());
    }

    private JsonNode idleTotals() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> get("/admin/books").at("/totals/inFlight").asLong() == 0);
        try {
            JsonNode books = get("/admin/books");
            assertThat(books.path("balanced").asBoolean()).isTrue();
            assertThat(books.path("trouble").isNull()).isTrue();
            assertThat(books.at("/totals/missing").asLong()).isZero();
            return books.path("totals");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void assertFigures(JsonNode totals, int accepted, int done, int dead, int dropped) {
        assertThat(new long[] {
                    totals.path("accepted").asLong(),
                    totals.path("done").asLong(),
                    totals.path("dead").asLong(),
                    totals.path("dropped").asLong()
                })
                .containsExactly(accepted, done, dead, dropped);
    }

    @Test
    void aDeadLetterIsShownReplayedAndDroppedAndTheBooksBalance(CapturedOutput output) throws Exception {
        send("fine", Map.of());
        String id = send("bad tea", Map.of("idempotency-key", "k-1", "ordering-key", "o-1"));
        assertFigures(idleTotals(), 2, 1, 1, 0);

        JsonNode listed =
                get("/admin/messages?state=dead,quarantined&service=orders").path("messages");
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).path("id").asString()).isEqualTo(id);
        assertThat(listed.get(0).path("reason").asString()).contains("no such article");
        assertThat(get("/admin/messages?key=k-1&listener=native").path("messages"))
                .hasSize(1);
        assertThat(get("/admin/messages?key=k-2").path("messages")).isEmpty();

        JsonNode shown = get("/admin/messages/" + id);
        assertThat(shown.path("payload").asString()).isEqualTo("bad tea");
        assertThat(shown.at("/metadata/idempotency-key").asString()).isEqualTo("k-1");
        assertThat(shown.path("identity").asString()).isEqualTo("native");
        assertThat(shown.at("/history/0/status").asString()).isEqualTo("INVALID_ARGUMENT");
        assertThat(shown.at("/history/0/instance").asString()).isEqualTo("stub");

        mended = true;
        JsonNode replayed = post("/admin/messages/" + id + "/replay", 201);
        assertFigures(idleTotals(), 3, 2, 1, 0);
        JsonNode repeat = get("/admin/messages/" + replayed.path("number").asLong());
        assertThat(repeat.at("/message/state").asString()).isEqualTo("DONE");
        assertThat(repeat.at("/message/messageId").asString()).isEqualTo(id);
        assertThat(repeat.at("/metadata/ordering-key").asString()).isEqualTo("o-1");
        assertThat(get("/admin/messages/" + id).at("/message/replayedAs/0").asLong())
                .isEqualTo(replayed.path("number").asLong());
        assertThat(output)
                .containsPattern("who=\"admin\" from=\"127.0.0.1\" what=replay-message object=\"" + id
                        + "\" outcome=\"accepted as \\d+\"");

        JsonNode dropped = post("/admin/messages/" + id + "/drop", 200);
        assertThat(dropped.path("state").asString()).isEqualTo("DROPPED");
        assertThat(dropped.path("detail").asString()).isEqualTo("dropped by admin");
        assertFigures(idleTotals(), 3, 2, 0, 1);
        assertThat(output)
                .containsPattern("what=drop-message object=\"" + id + "\" outcome=\"DEAD before, now DROPPED\"");

        post("/admin/messages/" + id + "/drop", 409);
        post("/admin/messages/" + replayed.path("number").asLong() + "/replay", 409);
        post("/admin/messages/4711/drop", 404);
        post("/admin/messages/0123456789abcdef-1/replay", 404);
        assertThat(gateway.get("/admin/messages?state=lost", admin()).statusCode())
                .isEqualTo(400);
        assertThat(gateway.post("/admin/messages/" + id + "/drop", null).statusCode())
                .isEqualTo(401);
        assertThat(output).contains("outcome=\"not done: ");
    }

    @Test
    void allDeadLettersAreReplayedOnceAndNotFasterThanAskedFor(CapturedOutput output) throws Exception {
        for (int i = 0; i < 6; i++) {
            send("bad " + i, Map.of("ordering-key", "o-1"));
        }
        assertFigures(idleTotals(), 6, 0, 6, 0);
        mended = true;

        assertThat(post("/admin/messages/replay?state=dead&perSecond=1", 202)
                        .path("state")
                        .asString())
                .isEqualTo("RUNNING");
        post("/admin/messages/replay?state=dead", 409);
        await().until(() -> get("/admin/messages/replay").path("replayed").asInt() >= 1);
        assertThat(gateway.delete("/admin/messages/replay", admin()).statusCode())
                .isEqualTo(202);
        await().until(() ->
                get("/admin/messages/replay").path("state").asString().equals("CANCELLED"));
        int first = get("/admin/messages/replay").path("replayed").asInt();
        assertThat(first).isBetween(1, 5);

        post("/admin/messages/replay?state=dead&perSecond=1000", 202);
        await().until(() ->
                get("/admin/messages/replay").path("state").asString().equals("FINISHED"));
        assertThat(get("/admin/messages/replay").path("skipped").asInt()).isEqualTo(first);
        assertFigures(idleTotals(), 12, 6, 6, 0);
        assertThat(output)
                .containsPattern("who=\"admin\" from=\"127.0.0.1\" what=replay-messages .*outcome=\"asked for\"")
                .containsPattern("who=\"admin\" .* outcome=\"FINISHED: " + (6 - first) + " replayed, " + first
                        + " skipped, 0 refused\"");

        post("/admin/messages/replay?state=done", 400);
    }

    @Test
    void aMessageThatWaitsIsDropped() throws Exception {
        send("later", Map.of("deliver-after", "3600000"));
        JsonNode waiting = get("/admin/messages?state=delayed").at("/messages/0");
        assertThat(waiting.path("dueAt").isNull()).isFalse();

        post("/admin/messages/" + waiting.path("id").asString() + "/drop", 200);

        assertFigures(idleTotals(), 1, 0, 0, 1);
    }

    @Test
    void aPayloadThatIsNoTextIsShownInBase64AndCut() throws Exception {
        stub.send(new byte[] {0, 1, 2, 3}, Map.of()).get();
        idleTotals();
        JsonNode shown = get("/admin/messages/1?preview=3");
        assertThat(shown.path("payload").isNull()).isTrue();
        assertThat(shown.path("payloadBase64").asString()).isEqualTo("AAEC");
        assertThat(shown.path("truncated").asBoolean()).isTrue();
        assertThat(shown.at("/message/payloadBytes").asInt()).isEqualTo(4);
    }

    @Test
    void theOutcomeOfAKeyIsTold() throws Exception {
        String id = send("bad tea", Map.of("idempotency-key", "k-1"));
        send("fine", Map.of("idempotency-key", "k-2"));
        idleTotals();

        JsonNode dead = get("/admin/outcome?key=k-1");
        assertThat(dead).hasSize(1);
        assertThat(dead.at("/0/state").asString()).isEqualTo("DEAD");
        assertThat(dead.at("/0/messageId").asString()).isEqualTo(id);
        assertThat(dead.at("/0/reason").asString()).contains("no such article");
        assertThat(get("/admin/outcome?key=k-2&service=orders").at("/0/state").asString())
                .isEqualTo("DONE");
        JsonNode called = get("/admin/outcome?key=called");
        assertThat(called).hasSize(1);
        assertThat(called.at("/0/source").asString()).isEqualTo("inbox");
        assertThat(called.at("/0/reply").asString()).isEqualTo("2");
        assertThat(get("/admin/outcome?key=called&identity=lines")
                        .at("/0/state")
                        .asString())
                .as("another client's")
                .isEqualTo("NEVER_SEEN");
        assertThat(get("/admin/outcome?key=called&service=elsewhere")
                        .at("/0/state")
                        .asString())
                .isEqualTo("UNKNOWN");
        assertThat(gateway.get("/admin/outcome?key=k-1", null).statusCode()).isEqualTo(401);
    }

    @Test
    void aNativeClientAsksForTheOutcomeOfItsOwnKeys() throws Exception {
        send("bad tea", Map.of("idempotency-key", "k-1"));
        idleTotals();

        assertThat(nativeOutcome("{\"service\":\"orders\",\"key\":\"k-1\"}"))
                .contains("\"state\":\"DEAD\"", "no such article");
        assertThat(nativeOutcome("{\"service\":\"orders\",\"key\":\"called\"}"))
                .contains("\"state\":\"DONE\"", "\"replyBase64\":\"Mg==\"");
        assertThat(nativeOutcome("{\"service\":\"orders\",\"identity\":\"lines\",\"key\":\"k-1\"}"))
                .as("the identity is the client's own")
                .contains("\"state\":\"DEAD\"");
        assertThat(nativeOutcome("{\"service\":\"orders\",\"key\":\"other\"}")).contains("\"state\":\"NEVER_SEEN\"");
        assertThat(stub.call("fairlead.gateway/outcome", "{}".getBytes(UTF_8)))
                .failsWithin(Duration.ofSeconds(20))
                .withThrowableThat()
                .withMessageContaining("INVALID_ARGUMENT");
    }

    private String nativeOutcome(String question) throws Exception {
        return new String(
                stub.call("fairlead.gateway/outcome", question.getBytes(UTF_8))
                        .get()
                        .payload(),
                UTF_8);
    }

    @Test
    void healthAndMetersShowTheBooks() throws Exception {
        send("bad tea", Map.of());
        idleTotals();
        assertThat(gateway.manage("/actuator/health", null).body()).contains("\"journal\":{", "\"accepted\":1");
        assertThat(gateway.manage("/actuator/health/readiness", null).body()).doesNotContain("\"journal\"");
        await().untilAsserted(() -> assertThat(
                        gateway.manage("/actuator/prometheus", null).body())
                .containsPattern(
                        "fairlead_messages_total\\{.*listener=\"native\",service=\"orders\",state=\"dead\"} 1.0")
                .containsPattern("fairlead_messages_missing\\{.*} 0.0")
                .contains("fairlead_journal_waiting", "fairlead_delivery_lanes"));
    }
}
