package io.fairlead.gateway.journal;

import static io.fairlead.gateway.journal.Sends.ALL_LANES;
import static io.fairlead.gateway.journal.Sends.LABS;
import static io.fairlead.gateway.journal.Sends.NOW;
import static io.fairlead.gateway.journal.Sends.ORDERS;
import static io.fairlead.gateway.journal.Sends.accept;
import static io.fairlead.gateway.journal.Sends.end;
import static io.fairlead.gateway.journal.Sends.message;
import static io.fairlead.gateway.journal.Sends.messages;
import static io.fairlead.gateway.journal.Sends.metadata;
import static io.fairlead.gateway.journal.Sends.texts;
import static io.fairlead.gateway.journal.Sends.timed;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.gateway.journal.Changes.FailedAttempt;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What holds for every engine.
abstract class MessageStoreContract {
    MessageStore store;

    /// The same store each time that it is called in a test, a new one in each test.
    abstract MessageStore open();

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void givesIdsInTheOrderOfTheListAndAboveAllBefore() {
        Message[] first = messages(300);
        Message[] second = messages(3);
        store.write(accept(first));
        store.write(accept(second));
        long last = 0;
        for (Message message : concat(first, second)) {
            assertThat(message.id()).isGreaterThan(last);
            last = message.id();
        }
    }

    @Test
    void neverGivesAnIdTwiceThoughItsMessageHasGone() {
        Message before = message("before");
        store.write(accept(before));
        store.write(end(end(before, MessageState.READY, MessageState.DONE)));
        assertThat(store.purge(Long.MAX_VALUE, 100, 10)).isEqualTo(1);
        reopen();
        Message after = message("after");
        store.write(accept(after));
        assertThat(after.id()).isGreaterThan(before.id());
    }

    @Test
    void readsBackAllThatWasWritten() {
        Message sent = new Message(
                LABS,
                17,
                "schlüssel-1",
                "patient 9",
                Priority.NORMAL,
                NOW,
                NOW + 5,
                NOW + 9,
                4,
                metadata(),
                new byte[] {0, 1, -1});
        store.write(accept(sent));
        reopen();
        Message read = ready(10).messages().getFirst();
        assertThat(read.id()).isEqualTo(sent.id());
        assertThat(read.binding()).isEqualTo(LABS);
        assertThat(read.lane()).isEqualTo(17);
        assertThat(read.key()).isEqualTo("schlüssel-1");
        assertThat(read.orderingKey()).isEqualTo("patient 9");
        assertThat(read.acceptedMillis()).isEqualTo(NOW);
        assertThat(read.dueMillis()).isEqualTo(NOW + 5);
        assertThat(read.expiresMillis()).isEqualTo(NOW + 9);
        assertThat(read.replayOf()).isEqualTo(4);
        assertThat(read.metadata()).isEqualTo(metadata());
        assertThat(read.payload()).containsExactly(0, 1, -1);
        assertThat(read.identity()).isEqualTo("till 7");
    }

    @Test
    void deliversHigherPriorityFirstThenById() {
        store.write(accept(
                message(ORDERS, null, Priority.LOW, "low"),
                message(ORDERS, null, Priority.NORMAL, "normal 1"),
                message(ORDERS, null, Priority.HIGH, "high"),
                message(ORDERS, null, Priority.NORMAL, "normal 2")));
        assertThat(texts(ready(10).messages())).containsExactly("high", "normal 1", "normal 2", "low");
    }

    @Test
    void leavesOutKnownMessagesAndThoseOfOtherLanes() {
        Message[] sent = messages(4);
        store.write(accept(sent));
        assertThat(store.ready(Set.of(4, 5), id -> false, 10, 1000).messages()).isEmpty();
        assertThat(store.ready(Set.of(), id -> false, 10, 1000).messages()).isEmpty();
        assertThat(texts(store.ready(Set.of(3), id -> id == sent[1].id(), 10, 1000)
                        .messages()))
                .containsExactly("payload 0", "payload 2", "payload 3");
    }

    @Test
    void findsThoseBehindManyKnownOnes() {
        Message[] sent = messages(9_000);
        store.write(accept(sent));
        long last = sent[8_997].id();
        assertThat(texts(store.ready(ALL_LANES, id -> id <= last, 10, 1000).messages()))
                .containsExactly("payload 8998", "payload 8999");
    }

    @Test
    void bringsNoMoreMessagesAndBytesThanAskedForButTheFirst() {
        store.write(accept(messages(5)));
        assertThat(ready(2).messages()).hasSize(2);
        int each = "payload 0".length() + metadata().length;
        assertThat(store.ready(ALL_LANES, id -> false, 5, 3L * each).messages()).hasSize(3);
        assertThat(store.ready(ALL_LANES, id -> false, 5, 1).messages()).hasSize(1);
    }

    @Test
    void endsAMessageOnce() {
        Message sent = message("once");
        store.write(accept(sent));
        store.write(end(end(sent, MessageState.READY, MessageState.DONE)));
        store.write(end(end(sent, MessageState.READY, MessageState.DEAD)));
        store.write(end(end(sent, MessageState.DEAD, MessageState.DROPPED)));
        assertThat(find(sent).state()).isEqualTo(MessageState.DONE);
        assertThat(find(sent).endedMillis()).isEqualTo(NOW + 5);
        assertThat(ready(10).messages()).isEmpty();
        assertThat(store.books()).containsExactly(new Books(ORDERS, 1, 1, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void takesTheSameEndTwiceInOneTransactionAsOne() {
        Message sent = message("once");
        store.write(accept(sent));
        store.write(end(
                end(sent, MessageState.READY, MessageState.DEAD),
                end(sent, MessageState.READY, MessageState.DONE),
                end(sent, MessageState.DEAD, MessageState.DROPPED)));
        assertThat(find(sent).state()).isEqualTo(MessageState.DROPPED);
        assertThat(store.books()).containsExactly(new Books(ORDERS, 1, 0, 0, 0, 0, 1, 0, 0));
    }

    @Test
    void keepsTheBooksAcrossDropsPurgesAndStarts() {
        Message[] sent = messages(8);
        store.write(accept(sent));
        store.write(accept(message(LABS, null, Priority.NORMAL, "lab"), timed(NOW + 9, 0)));
        store.write(end(
                end(sent[0], MessageState.READY, MessageState.DONE),
                end(sent[1], MessageState.READY, MessageState.DEAD),
                end(sent[2], MessageState.READY, MessageState.QUARANTINED),
                end(sent[3], MessageState.READY, MessageState.EXPIRED),
                end(sent[4], MessageState.READY, MessageState.DAMAGED),
                end(sent[5], MessageState.READY, MessageState.DEAD)));
        store.write(end(end(sent[5], MessageState.DEAD, MessageState.DROPPED)));
        List<Books> expected =
                List.of(new Books(LABS, 1, 0, 0, 0, 0, 0, 0, 1), new Books(ORDERS, 9, 1, 1, 1, 1, 1, 1, 3));
        assertThat(store.books()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(store.books()).allMatch(books -> books.missing() == 0);

        assertThat(store.purge(Long.MAX_VALUE, 100, 100)).isEqualTo(3);
        reopen();

        assertThat(store.books()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(store.find(sent[0].id())).isEmpty();
        assertThat(store.find(sent[1].id())).isPresent();
    }

    @Test
    void purgesTheOldestFirstInSmallPieces() {
        Message[] sent = messages(10);
        store.write(accept(sent));
        for (int i = 0; i < 10; i++) {
            store.write(end(new Changes.End(sent[i].id(), ORDERS, MessageState.READY, MessageState.DONE, NOW + i, "")));
        }
        assertThat(store.purge(NOW + 2, 100, 100)).isEqualTo(2);
        assertThat(store.purge(0, 5, 2)).isEqualTo(2);
        assertThat(store.purge(0, 5, 2)).isEqualTo(1);
        assertThat(store.purge(0, 5, 2)).isZero();
        assertThat(store.find(sent[4].id())).isEmpty();
        assertThat(store.find(sent[5].id())).isPresent();
    }

    @Test
    void promotesDelayedMessagesWhenTheyAreDue() {
        Message later = timed(NOW + 100, 0);
        Message latest = timed(NOW + 200, 0);
        assertThat(store.promote(NOW)).isEqualTo(new MessageStore.Promoted(0, Long.MAX_VALUE));
        store.write(accept(later, latest));
        assertThat(ready(10).messages()).isEmpty();
        assertThat(store.promote(NOW + 99)).isEqualTo(new MessageStore.Promoted(0, NOW + 100));
        assertThat(store.promote(NOW + 100)).isEqualTo(new MessageStore.Promoted(1, NOW + 200));
        assertThat(ready(10).messages()).extracting(Message::id).containsExactly(later.id());
        assertThat(store.promote(NOW + 300)).isEqualTo(new MessageStore.Promoted(1, Long.MAX_VALUE));
    }

    @Test
    void endsADelayedMessageToo() {
        Message later = timed(NOW + 100, 0);
        store.write(accept(later));
        store.write(end(end(later, MessageState.READY, MessageState.DROPPED)));
        assertThat(store.promote(NOW + 100).messages()).isZero();
        assertThat(store.books()).containsExactly(new Books(ORDERS, 1, 0, 0, 0, 0, 1, 0, 0));
    }

    @Test
    void tellsWhoseTimeIsOver() {
        Message ready = timed(0, NOW + 50);
        Message delayed = timed(NOW + 100, NOW + 60);
        store.write(accept(ready, delayed, timed(0, NOW + 70), message("for ever")));
        assertThat(store.expired(ALL_LANES, NOW + 49, 10)).isEmpty();
        assertThat(store.expired(Set.of(1), NOW + 60, 10)).isEmpty();
        assertThat(store.expired(ALL_LANES, NOW + 60, 10))
                .extracting(Changes.End::id)
                .containsExactly(ready.id(), delayed.id());
        assertThat(store.expired(ALL_LANES, NOW + 60, 1)).hasSize(1);
        store.write(new Changes(List.of(), store.expired(ALL_LANES, NOW + 60, 10), List.of()));
        assertThat(store.expired(ALL_LANES, NOW + 60, 10)).isEmpty();
        assertThat(find(delayed).state()).isEqualTo(MessageState.EXPIRED);
    }

    @Test
    void countsFailedAttemptsOnceAndKeepsTheirHistory() {
        Message sent = message("bad");
        store.write(accept(sent));
        FailedAttempt first = new FailedAttempt(sent.id(), 1, NOW + 1, "w1", "UNAVAILABLE", "link lost", true);
        FailedAttempt second = new FailedAttempt(sent.id(), 2, NOW + 2, "w2", "INTERNAL", "bug", false);
        FailedAttempt ofNobody = new FailedAttempt(sent.id() + 99, 1, NOW, "w1", "INTERNAL", "bug", false);
        store.write(new Changes(List.of(), List.of(), List.of(first)));
        store.write(new Changes(List.of(), List.of(), List.of(first, second, ofNobody)));
        reopen();
        Message read = ready(1).messages().getFirst();
        assertThat(read.attempts()).isEqualTo(2);
        assertThat(read.crashes()).isEqualTo(1);
        assertThat(find(sent).history()).containsExactly(first, second);
        store.write(end(end(sent, MessageState.READY, MessageState.DEAD)));
        assertThat(find(sent).reason()).isEqualTo("why DEAD");
    }

    @Test
    void findsWhatAMessageHasBeenReplayedAs() {
        Message dead = message("again");
        store.write(accept(dead));
        Message replay =
                new Message(ORDERS, 3, null, null, Priority.NORMAL, NOW, 0, 0, dead.id(), metadata(), dead.payload());
        store.write(new Changes(List.of(replay), List.of(end(dead, MessageState.READY, MessageState.DEAD)), List.of()));
        assertThat(find(dead).replayedAs()).containsExactly(replay.id());
        assertThat(find(dead).intact()).isTrue();
        assertThat(find(replay).message().replayOf()).isEqualTo(dead.id());
        assertThat(store.find(replay.id() + 1)).isEmpty();
    }

    @Test
    void browsesNewestFirst() {
        Message keyed = message(LABS, "k-1", Priority.NORMAL, "keyed");
        Message[] sent = messages(4);
        store.write(accept(sent));
        store.write(accept(keyed));
        store.write(end(
                end(sent[1], MessageState.READY, MessageState.DEAD),
                end(sent[2], MessageState.READY, MessageState.DONE)));
        Set<MessageState> all = Set.of();
        assertThat(browse(new MessageQuery(all, null, null, null, 0, 100)))
                .containsExactly(keyed.id(), sent[3].id(), sent[2].id(), sent[1].id(), sent[0].id());
        assertThat(browse(new MessageQuery(all, null, null, null, sent[3].id(), 2)))
                .containsExactly(sent[2].id(), sent[1].id());
        assertThat(browse(new MessageQuery(all, null, null, "k-1", 0, 100))).containsExactly(keyed.id());
        assertThat(browse(new MessageQuery(all, "labs", null, null, 0, 100))).containsExactly(keyed.id());
        assertThat(browse(new MessageQuery(all, "labs", "native", null, 0, 100)))
                .isEmpty();
        assertThat(browse(new MessageQuery(Set.of(MessageState.DEAD), null, null, null, 0, 100)))
                .containsExactly(sent[1].id());
        assertThat(browse(new MessageQuery(
                        Set.of(MessageState.DEAD, MessageState.DONE), "orders", "native", null, 0, 100)))
                .containsExactly(sent[2].id(), sent[1].id());
        MessageView view =
                store.browse(new MessageQuery(all, null, null, "k-1", 0, 1)).getFirst();
        assertThat(view.payloadBytes()).isEqualTo(5);
        assertThat(view.message().payload()).isEmpty();
        assertThat(view.endedMillis()).isZero();
    }

    @Test
    void knowsBindingsFromBefore() {
        Binding other = new Binding("lines", Route.parse("echo/upper"));
        store.write(accept(message(other, null, Priority.NORMAL, "a")));
        reopen();
        store.write(accept(message(other, null, Priority.NORMAL, "b")));
        assertThat(store.books()).containsExactly(new Books(other, 2, 0, 0, 0, 0, 0, 0, 2));
    }

    @Test
    void keepsItsIdAndRaisesTheTokensOfItsLanes() {
        String id = store.id();
        long token = store.claimLanes("a").get(7);
        assertThat(store.claimLanes("a")).hasSize(store.lanes()).containsEntry(7, token);
        store.releaseLanes("a");
        reopen();
        assertThat(store.id()).isEqualTo(id).matches("[0-9a-f]{16}");
        assertThat(store.claimLanes("a").get(7)).isGreaterThan(token);
    }

    @Test
    void probesAndMaintains() {
        store.write(accept(messages(10)));
        store.probe();
        store.probe();
        store.maintain();
        assertThat(ready(100).messages()).hasSize(10);
    }

    void reopen() {
        store.close();
        store = open();
    }

    MessageStore.Loaded ready(int limit) {
        return store.ready(ALL_LANES, id -> false, limit, 1 << 20);
    }

    MessageView find(Message message) {
        return store.find(message.id()).orElseThrow();
    }

    private List<Long> browse(MessageQuery query) {
        return store.browse(query).stream().map(view -> view.message().id()).toList();
    }

    private static Message[] concat(Message[] first, Message[] second) {
        Message[] all = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
