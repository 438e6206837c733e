package io.fairlead.gateway.delivery;

import io.fairlead.gateway.journal.Changes;
import io.fairlead.gateway.journal.Journal;
import io.fairlead.gateway.journal.MessageStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// What time brings in the store: delayed messages that are due, messages that expire, old ones that are
/// forgotten; and while the store does not work, whether it does again. On one thread, but for [#delayed].
final class Care {
    private static final long EXPIRY_MILLIS = 1_000;
    private static final long FORGET_MILLIS = 1_000;

    /// So few at a time that what waits to be written hardly notices.
    private static final int FORGET_AT_ONCE = 2_000;

    /// However far away the next one is, the store is asked again: another gateway may have accepted an
    /// earlier one.
    private static final long PROMOTE_MILLIS = 1_000;

    private final Journal journal;
    private final MessageStore store;
    private final Forgetting forgetting;
    private final AtomicLong nextDueMillis = new AtomicLong();
    private long nextExpiryMillis;
    private long nextForgetMillis;

    Care(Journal journal, Forgetting forgetting) {
        this.journal = journal;
        this.store = journal.store();
        this.forgetting = forgetting;
    }

    void delayed(long dueMillis) {
        nextDueMillis.accumulateAndGet(dueMillis, Math::min);
    }

    /// @return whether delayed messages became READY
    boolean promote(long nowMillis) {
        if (nowMillis < nextDueMillis.get()) {
            return false;
        }
        // Before it is asked: who is delayed meanwhile lowers it again.
        nextDueMillis.set(nowMillis + PROMOTE_MILLIS);
        MessageStore.Promoted promoted = store.promote(nowMillis);
        delayed(promoted.nextDueMillis());
        return promoted.messages() > 0;
    }

    List<Changes.End> expired(Set<Integer> lanes, long nowMillis, int limit) {
        if (nowMillis < nextExpiryMillis || lanes.isEmpty()) {
            return List.of();
        }
        List<Changes.End> expired = store.expired(lanes, nowMillis, limit);
        nextExpiryMillis = expired.size() < limit ? nowMillis + EXPIRY_MILLIS : nowMillis;
        return expired;
    }

    void forget(long nowMillis) {
        if (nowMillis < nextForgetMillis) {
            return;
        }
        int forgotten = store.purge(nowMillis - forgetting.after().toMillis(), forgetting.most(), FORGET_AT_ONCE);
        store.maintain();
        nextForgetMillis = forgotten < FORGET_AT_ONCE ? nowMillis + FORGET_MILLIS : nowMillis;
    }

    /// Asks a store that did not work whether it does again, although nothing is to be written.
    void probe() {
        if (journal.trouble() != null) {
            store.probe();
            journal.probed();
        }
    }
}
