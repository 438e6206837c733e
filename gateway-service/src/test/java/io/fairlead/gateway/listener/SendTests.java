package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.journal.Books;
import io.fairlead.gateway.journal.MessageQuery;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.journal.MessageStore;
import io.fairlead.gateway.journal.MessageView;
import io.fairlead.link.CloseReason;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Durable messages, from a native client's send to the worker that has them and back into the books.
class SendTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Rig rig = new Rig(1, Map.of());
    private Deliveries deliveries;

    /// Payloads in the order in which handlers had them.
    private final Queue<String> handled = new ConcurrentLinkedQueue<>();

    private final CallHandler record = call -> {
        handled.add(new String(call.payload(), UTF_8));
        call.reply(new byte[0]);
    };

    @AfterEach
    void close() {
        rig.close();
    }

    private CallClient start(Map<String, String> settings) {
        deliveries = rig.journal(directory.resolve("journal.db"), settings);
        return rig.client(rig.listener(Map.of("framing", "native")).port());
    }

    private CompletableFuture<Reply> send(CallClient client, String payload, Map<String, String> metadata) {
        return send(client, "orders/place", payload, metadata);
    }

    private static CompletableFuture<Reply> send(
            CallClient client, String route, String payload, Map<String, String> metadata) {
        return client.call(new Request(
                Route.parse(route),
                metadata.isEmpty() ? Metadata.EMPTY : Metadata.of(metadata),
                payload.getBytes(UTF_8),
                TIMEOUT,
                Priority.NORMAL,
                false,
                true));
    }

    private String kept(CallClient client, String payload, Map<String, String> metadata) throws Exception {
        return send(client, payload, metadata).get().metadata().get(Metadata.MESSAGE_ID);
    }

    private Books books() {
        return deliveries.journal().store().books().stream()
                .reduce((one, other) -> {
                    throw new AssertionError("one binding");
                })
                .orElseThrow();
    }

    private void awaitIdle() {
        await().atMost(Duration.ofSeconds(30)).until(() -> books().inFlight() == 0);
        assertThat(books().missing()).isZero();
    }

    private List<MessageView> messages(MessageState state) {
        return deliveries.journal().store().browse(new MessageQuery(Set.of(state), null, null, null, 0, 1000));
    }

    @Test
    void acknowledgesWhatIsOnDiskAndDeliversItUntilItsHandlerHasAnswered() throws Exception {
        Queue<Metadata> seen = new ConcurrentLinkedQueue<>();
        Queue<Boolean> sends = new ConcurrentLinkedQueue<>();
        rig.worker("w", Map.of("orders/place^a", call -> {
            seen.add(call.metadata());
            sends.add(call.isSend());
            call.reply(new byte[0]);
        }));
        CallClient client = start(Map.of());

        String id = kept(client, "tea", Map.of("idempotency-key", "k-1", "ordering-key", "o-1", "x", "y"));

        awaitIdle();
        assertThat(sends).containsExactly(true);
        Metadata metadata = seen.element();
        assertThat(metadata.asMap())
                .containsEntry("message-id", id)
                .containsEntry("attempt", "1")
                .containsEntry("identity", "test")
                .containsEntry("idempotency-key", "k-1")
                .containsEntry("ordering-key", "o-1")
                .containsEntry("x", "y")
                .containsKey("fence");
        assertThat(books()).extracting(Books::accepted, Books::done).containsExactly(1L, 1L);
    }

    @Test
    void keepsTheOrderOfEachKeyWhileAttemptsFail() throws Exception {
        Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();
        rig.worker("w", Map.of("orders/place^a", call -> {
            String payload = new String(call.payload(), UTF_8);
            int attempt = attempts.computeIfAbsent(payload, key -> new AtomicInteger())
                    .incrementAndGet();
            if (payload.hashCode() % 5 == 0 && attempt < 3) {
                call.fail(Status.INTERNAL, "not yet");
            } else {
                handled.add(payload);
                call.reply(new byte[0]);
            }
        }));
        CallClient client = start(Map.of("min-back-off", "1ms", "max-back-off", "5ms"));
        List<CompletableFuture<Reply>> sent = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            String key = "k" + i % 20;
            sent.add(send(client, key + ":" + i, Map.of("ordering-key", key)));
        }
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get();

        awaitIdle();
        assertThat(handled).hasSize(600);
        Map<String, Integer> last = new HashMap<>();
        for (String payload : handled) {
            String key = payload.substring(0, payload.indexOf(':'));
            int number = Integer.parseInt(payload.substring(payload.indexOf(':') + 1));
            assertThat(last.getOrDefault(key, -1)).as(payload).isLessThan(number);
            last.put(key, number);
        }
    }

    @Test
    void givesUpAtOnceWhatTheHandlerSaysWillNeverDo() throws Exception {
        rig.worker("w", Map.of("orders/place^a", call -> call.fail(Status.INVALID_ARGUMENT, "no such tea")));
        CallClient client = start(Map.of());

        kept(client, "tea", Map.of());

        awaitIdle();
        MessageView dead = messages(MessageState.DEAD).getFirst();
        assertThat(dead.reason()).contains("INVALID_ARGUMENT", "no such tea");
        assertThat(dead.history()).singleElement().satisfies(attempt -> {
            assertThat(attempt.instance()).isEqualTo("w");
            assertThat(attempt.status()).isEqualTo("INVALID_ARGUMENT");
        });
    }

    @Test
    void givesUpAfterTheMostAttempts() throws Exception {
        rig.worker("w", Map.of("orders/place^a", call -> call.fail(Status.INTERNAL, "broken")));
        CallClient client = start(Map.of("max-attempts", "4", "min-back-off", "1ms", "max-back-off", "2ms"));

        kept(client, "tea", Map.of());

        awaitIdle();
        MessageView dead = messages(MessageState.DEAD).getFirst();
        assertThat(dead.history()).hasSize(4);
        assertThat(dead.reason()).startsWith("4 attempts failed");
    }

    @Test
    void keepsMessagesWhileNobodyIsThere() throws Exception {
        rig.worker("w", Map.of("orders/place^a", record));
        CallClient client = start(Map.of());
        kept(client, "first", Map.of());
        awaitIdle();
        rig.unlist("w");
        rig.killWorker("w");
        await().until(() -> rig.upstreams.instances().isEmpty());

        for (int i = 0; i < 10; i++) {
            kept(client, "late " + i, Map.of());
        }
        assertThat(books().inFlight()).isEqualTo(10);
        rig.worker("w2", Map.of("orders/place^a", record));

        awaitIdle();
        assertThat(handled).hasSize(11);
    }

    @Test
    void deliversAfterARestartWhatWasKeptBefore() throws Exception {
        rig.worker("w", Map.of("orders/place^a", call -> {
            // Never answered: the gateway stops in the middle.
        }));
        CallClient client = start(Map.of());
        for (int i = 0; i < 50; i++) {
            kept(client, "m" + i, Map.of("ordering-key", "one"));
        }
        rig.close();

        rig = new Rig(1, Map.of());
        deliveries = rig.journal(directory.resolve("journal.db"), Map.of());
        rig.worker("w", Map.of("orders/place^a", record));

        awaitIdle();
        assertThat(handled)
                .containsExactlyElementsOf(
                        IntStream.range(0, 50).mapToObj(i -> "m" + i).toList());
        assertThat(books()).extracting(Books::accepted, Books::done).containsExactly(50L, 50L);
    }

    @Test
    void keepsTheOrderOfAKeyWhoseLaneIsLostAndBackWhileItsFirstMessageIsDelivered() throws Exception {
        AtomicLong terms = new AtomicLong();
        AtomicLong readsInTerm = new AtomicLong();
        rig.stores = store -> inTerms(store, terms, readsInTerm);
        CompletableFuture<IncomingCall> held = new CompletableFuture<>();
        rig.worker("w", Map.of("orders/place^a", call -> {
            if (new String(call.payload(), UTF_8).equals("m0") && !held.isDone()) {
                held.complete(call);
            } else {
                record.handle(call);
            }
        }));
        CallClient client = start(Map.of("min-back-off", "1ms", "max-back-off", "5ms"));
        for (int i = 0; i < 5; i++) {
            send(client, "m" + i, Map.of("ordering-key", "one")).get();
        }
        IncomingCall first = held.get();

        terms.incrementAndGet();
        // One read finds those that wait behind the first, the next one nothing.
        await().until(() -> readsInTerm.get() >= 2);
        first.fail(Status.UNAVAILABLE, "not yet");

        awaitIdle();
        assertThat(handled).containsExactly("m0", "m1", "m2", "m3", "m4");
    }

    /// A store that gives its lanes out anew, with higher tokens, in each term.
    private static MessageStore inTerms(MessageStore store, AtomicLong terms, AtomicLong readsInTerm) {
        AtomicLong begun = new AtomicLong();
        return (MessageStore) Proxy.newProxyInstance(
                SendTests.class.getClassLoader(), new Class<?>[] {MessageStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("claimLanes")) {
                        long term = terms.get();
                        begun.set(term);
                        Map<Integer, Long> lanes = new HashMap<>(store.claimLanes((String) arguments[0]));
                        lanes.replaceAll((lane, token) -> token + term);
                        return lanes;
                    }
                    Object result = method.invoke(store, arguments);
                    if (method.getName().equals("ready") && begun.get() > 0) {
                        readsInTerm.incrementAndGet();
                    }
                    return result;
                });
    }

    @Test
    void waitsOnDiskWhatDoesNotFitIntoMemory() throws Exception {
        rig.worker("w", Map.of("orders/place^a", record));
        CallClient client = start(Map.of("memory-messages", "100"));
        kept(client, "k0:-1", Map.of("ordering-key", "k0"));
        awaitIdle();
        rig.unlist("w");
        rig.killWorker("w");
        await().until(() -> rig.upstreams.instances().isEmpty());
        handled.clear();

        List<CompletableFuture<Reply>> sent = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            String key = "k" + i % 7;
            sent.add(send(client, key + ":" + i, i % 2 == 0 ? Map.of() : Map.of("ordering-key", key)));
        }
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get();
        assertThat(deliveries.status().get().messages()).isLessThanOrEqualTo(100);
        rig.worker("w2", Map.of("orders/place^a", record));

        awaitIdle();
        assertThat(handled).hasSize(3000).doesNotHaveDuplicates();
        Map<String, Integer> last = new HashMap<>();
        for (String payload : handled) {
            int number = Integer.parseInt(payload.substring(payload.indexOf(':') + 1));
            if (number % 2 != 0) {
                String key = payload.substring(0, payload.indexOf(':'));
                assertThat(last.getOrDefault(key, -1)).as(payload).isLessThan(number);
                last.put(key, number);
            }
        }
    }

    @Test
    void keepsTheOrderOfAKeyOverTheMethodsOfAServiceWhenTheyDoNotFitIntoMemory() throws Exception {
        Map<String, CallHandler> methods = Map.of("orders/place^a", record, "orders/change^a", record);
        rig.worker("w", methods);
        CallClient client = start(Map.of("memory-messages", "100"));
        send(client, "orders/place", "first", Map.of()).get();
        send(client, "orders/change", "first", Map.of()).get();
        await().until(() -> handled.size() == 2);
        rig.unlist("w");
        rig.killWorker("w");
        await().until(() -> rig.upstreams.instances().isEmpty());
        handled.clear();

        for (int i = 0; i < 60; i++) {
            String route = i < 30 ? "orders/place" : i % 2 == 0 ? "orders/place" : "orders/change";
            send(client, route, "m" + i, Map.of("ordering-key", "one")).get();
        }
        rig.worker("w2", methods);

        await().atMost(Duration.ofSeconds(30)).until(() -> handled.size() >= 60);
        assertThat(handled)
                .containsExactlyElementsOf(
                        IntStream.range(0, 60).mapToObj(i -> "m" + i).toList());
    }

    @Test
    void setsAsideWhatEndsWorkersAndDeliversTheRest() throws Exception {
        rig.worker("w", Map.of("orders/place^a", call -> {
            if (new String(call.payload(), UTF_8).equals("poison")) {
                call.link().close(CloseReason.INTERNAL_ERROR, "crash");
            } else {
                handled.add(new String(call.payload(), UTF_8));
                call.reply(new byte[0]);
            }
        }));
        CallClient client = start(Map.of("min-back-off", "1ms", "max-back-off", "5ms"));
        List<CompletableFuture<Reply>> sent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sent.add(send(client, i == 50 ? "poison" : "m" + i, Map.of()));
        }
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get();

        awaitIdle();
        assertThat(messages(MessageState.QUARANTINED)).singleElement().satisfies(view -> {
            MessageView whole =
                    deliveries.journal().store().find(view.message().id()).orElseThrow();
            assertThat(new String(whole.message().payload(), UTF_8)).isEqualTo("poison");
            assertThat(view.history()).hasSize(3).allMatch(attempt -> attempt.crashed());
        });
        assertThat(books()).extracting(Books::done, Books::quarantined).containsExactly(99L, 1L);
    }

    @Test
    void deliversDelayedMessagesWhenTheirTimeHasCome() throws Exception {
        rig.worker("w", Map.of("orders/place^a", record));
        CallClient client = start(Map.of());

        kept(client, "later", Map.of("deliver-after", "1500"));
        kept(client, "now", Map.of());

        awaitIdle();
        assertThat(handled).containsExactly("now", "later");
    }

    @Test
    void endsWhatNobodyHasHandledInTime() throws Exception {
        rig.worker("w", Map.of("orders/place^a", record));
        CallClient client = start(Map.of());
        kept(client, "first", Map.of());
        awaitIdle();
        rig.unlist("w");
        rig.killWorker("w");
        await().until(() -> rig.upstreams.instances().isEmpty());

        kept(client, "tea", Map.of("expires-after", "300"));

        awaitIdle();
        assertThat(books().expired()).isEqualTo(1);
    }

    @Test
    void refusesMessagesForAMethodThatTakesCalls() {
        rig.worker("w", Map.of("orders/place", record));
        CallClient client = start(Map.of());

        assertThat(failure(send(client, "tea", Map.of()))).satisfies(e -> {
            assertThat(e.status()).isEqualTo(Status.FAILED_PRECONDITION);
            assertThat(e.certainlyNotRun()).isTrue();
            assertThat(e.getMessage()).contains("orders/place", "@Receive");
        });
    }

    @Test
    void refusesTimesThatItCannotKeep() {
        rig.worker("w", Map.of("orders/place^a", record));
        CallClient client = start(Map.of());

        assertThat(failure(send(client, "tea", Map.of("expires-after", "soon"))).getMessage())
                .contains("expires-after: 'soon'");
        assertThat(failure(send(client, "tea", Map.of("expires-after", "999999999999")))
                        .getMessage())
                .contains("expires-after: 999999999999", "max-age");
    }

    @Test
    void waitsWhileInstancesKeepTheirKeysApart() throws Exception {
        rig.worker("w", Map.of("orders/place^a", record));
        rig.worker("other", Map.of("orders/place^b", record));
        CallClient client = start(Map.of());

        kept(client, "tea", Map.of());

        await().untilAsserted(
                        () -> assertThat(deliveries.status().get().blocked().get("orders/place"))
                                .contains("stores of their own"));
        rig.unlist("other");
        rig.killWorker("other");
        awaitIdle();
        assertThat(handled).containsExactly("tea");
    }

    private static CallException failure(CompletableFuture<Reply> reply) {
        try {
            reply.get();
            throw new AssertionError("answered");
        } catch (ExecutionException e) {
            return (CallException) e.getCause();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
