package io.fairlead.gateway.journal;

import static io.fairlead.gateway.journal.Sends.end;
import static io.fairlead.gateway.journal.Sends.message;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.journal.StoreException.Kind;
import io.fairlead.wire.Status;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is told, and when, beside a store whose syncs are in the test's hands.
class JournalTests {
    @TempDir
    Path directory;

    private final EventLoop loop = new DefaultEventLoop();
    private final ConcurrentLinkedQueue<Message> accepted = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Changes.End> ended = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean recovered = new AtomicBoolean();
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile CountDownLatch syncing = new CountDownLatch(0);
    private Journal journal;

    @BeforeEach
    void start() {
        MessageStore store = MessageStores.open(new JournalProperties(
                "jdbc:sqlite:" + directory.resolve("journal.db"), null, null, 6, Duration.ofHours(1), 100_000));
        MessageStore tested = (MessageStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {MessageStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("sync")) {
                        syncing.await();
                        if (failing.get()) {
                            throw new StoreException(Kind.UNCERTAIN, "the disk is ill", null);
                        }
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        journal = new Journal(tested, new Journal.Listener() {
            @Override
            public void accepted(List<Message> messages) {
                accepted.addAll(messages);
            }

            @Override
            public void ended(List<Changes.End> ends) {
                ended.addAll(ends);
            }

            @Override
            public void recovered() {
                recovered.set(true);
            }
        });
        journal.start();
    }

    @AfterEach
    void stop() {
        syncing.countDown();
        journal.close();
        loop.shutdownGracefully(0, 1, SECONDS);
    }

    @Test
    void acknowledgesWhatIsOnDiskAndNothingBefore() {
        CountDownLatch first = syncing = new CountDownLatch(1);
        CompletableFuture<String> one = accept(message("one"));
        // Written while the first one is synced, and behind it.
        await().until(() -> journal.waiting() == 0);
        CompletableFuture<String> two = accept(message("two"));
        await().until(() -> journal.waiting() == 0);
        CompletableFuture<String> three = accept(message("three"));
        assertThat(accepted).isEmpty();
        assertThat(List.of(one, two, three)).noneMatch(CompletableFuture::isDone);

        first.countDown();
        assertThat(List.of(one.join(), two.join(), three.join())).containsOnly("accepted");
        assertThat(accepted).extracting(Sends::text).containsExactly("one", "two", "three");
    }

    @Test
    void countsWhatIsOnDiskAndHowLongThatTook() {
        assertThat(accept(message("one")).join()).isEqualTo("accepted");
        assertThat(accept(message("two")).join()).isEqualTo("accepted");
        failing.set(true);
        assertThat(accept(message("unsure")).join()).startsWith("UNKNOWN");

        assertThat(journal.committed()).isEqualTo(2);
        assertThat(journal.commits()).isEqualTo(2);
        assertThat(journal.commitNanos()).isPositive();
    }

    @Test
    void saysUnknownOfWhatMayNotBeOnDiskAndWritesEndsAgain() {
        Message done = message("done");
        assertThat(accept(done).join()).isEqualTo("accepted");
        failing.set(true);
        journal.end(end(done, MessageState.READY, MessageState.DONE));
        assertThat(accept(message("unsure")).join()).isEqualTo("UNKNOWN, false, the journal: the disk is ill");
        assertThat(journal.trouble()).isNotNull();
        assertThat(ended).isEmpty();

        failing.set(false);
        assertThat(accept(message("sure")).join()).isEqualTo("accepted");
        await().untilAsserted(
                        () -> assertThat(ended).extracting(Changes.End::id).containsExactly(done.id()));
        assertThat(journal.trouble()).isNull();
        assertThat(recovered).isTrue();
        // It may be on disk, and here it is: it is delivered, and whoever repeats it by its key gets its reply.
        assertThat(journal.store().books()).containsExactly(new Books(Sends.ORDERS, 3, 1, 0, 0, 0, 0, 0, 2));
    }

    private CompletableFuture<String> accept(Message message) {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        assertThat(journal.accept(message, new Acceptance() {
                    @Override
                    public EventLoop loop() {
                        return loop;
                    }

                    @Override
                    public void accepted(Message stored) {
                        outcome.complete("accepted");
                    }

                    @Override
                    public void refused(Status status, boolean notAccepted, String why) {
                        outcome.complete(status + ", " + notAccepted + ", " + why);
                    }
                }))
                .isNull();
        return outcome;
    }
}
