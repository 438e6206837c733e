package io.fairlead.starter.inbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Requests whose effect is in the database, each in a transaction of its own. Thread-safe; each request on a
/// thread that may block.
final class OnceCalls {
    private final Transactions transactions;
    private final KeyStore keys;
    private final Fences fences;
    private final Turns turns;
    private final InboxCounters counters;
    private final InstantSource clock;

    OnceCalls(
            Transactions transactions,
            KeyStore keys,
            Fences fences,
            Turns turns,
            InboxCounters counters,
            InstantSource clock) {
        this.transactions = transactions;
        this.keys = keys;
        this.fences = fences;
        this.turns = turns;
        this.counters = counters;
        this.clock = clock;
    }

    StoredReply call(KeyedRequest request, Handler handler) throws Throwable {
        return turns.in(request, () -> tryTwice(request, handler));
    }

    /// A second time after a commit that may have happened: only a look tells.
    private @Nullable StoredReply tryTwice(KeyedRequest request, Handler handler) throws Throwable {
        try {
            return tryOnce(request, handler);
        } catch (InboxException.Commit | InboxException.KeyTaken e) {
            return tryOnce(request, handler);
        }
    }

    private @Nullable StoredReply tryOnce(KeyedRequest request, Handler handler) throws Throwable {
        Ran ran = new Ran();
        try {
            StoredReply reply = transactions.<@Nullable StoredReply>run(
                    connection -> inTransaction(connection, request, handler, ran));
            if (ran.handler) {
                counters.add(InboxCounters.Result.NEW);
            }
            return reply;
        } catch (Throwable e) {
            if (ran.handler) {
                counters.add(InboxCounters.Result.ROLLED_BACK);
            }
            throw e;
        }
    }

    /// Whether the handler was run.
    private static final class Ran {
        private boolean handler;
    }

    private @Nullable StoredReply inTransaction(Connection connection, KeyedRequest request, Handler handler, Ran ran)
            throws Throwable {
        KeyStore.Found found = look(connection, request);
        KeyRow row = found.row();
        if (row != null) {
            return turns.duplicate(request, row, ExternalCalls.replyOf(row, request));
        }
        if (!found.locked()) {
            return null;
        }
        ran.handler = true;
        StoredReply reply = handler.handle();
        keep(connection, request, reply);
        return reply;
    }

    private KeyStore.Found look(Connection connection, KeyedRequest request) {
        try {
            Fence fence = request.fence();
            if (fence != null) {
                fences.hold(connection, fence);
            }
            return keys.find(connection, request.key());
        } catch (SQLException e) {
            throw new NotRunException("the database cannot be asked for the key", e);
        }
    }

    private void keep(Connection connection, KeyedRequest request, StoredReply reply) {
        try {
            keys.insertDone(connection, List.of(new KeyStore.Done(request, reply)), clock.millis());
        } catch (SQLException e) {
            throw new InboxException("the key could not be kept", e);
        }
    }
}
