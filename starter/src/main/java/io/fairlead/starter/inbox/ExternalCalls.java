package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadException;
import io.fairlead.starter.Reconciliation;
import io.fairlead.wire.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Requests whose effect is elsewhere than in the database. Thread-safe; each request on a thread that may
/// block.
///
/// ```
/// (none) --commit--> STARTED --handler, commit--> DONE
///    ^                  |
///    |                  +-- UNAVAILABLE: nothing was done --> (none)
///    |                  +-- other exception, or the process is gone --> what became of it is unknown
///    |                                                                       |  the key comes again: reconcile
///    +------------------- not done: the handler runs again ------------------+--- done --> DONE
///                                                                            +--- unknown: UNKNOWN to the caller
/// ```
///
/// An owner is gone if it is an earlier run of this instance, or this process that does not work on the key
/// any more, or if the time that it gave itself is over by ten seconds, for clocks that differ.
final class ExternalCalls {
    private static final Logger log = LoggerFactory.getLogger(ExternalCalls.class);

    private static final long DEFAULT_LIMIT_MILLIS = TimeUnit.SECONDS.toMillis(30);
    private static final long GRACE_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private final Transactions transactions;
    private final KeyStore keys;
    private final Fences fences;
    private final Turns turns;
    private final InboxCounters counters;
    private final InstantSource clock;
    private final String process;
    private final String instance;

    /// @param process of this run of the instance, unique
    ExternalCalls(
            Transactions transactions,
            KeyStore keys,
            Fences fences,
            Turns turns,
            InboxCounters counters,
            InstantSource clock,
            String process,
            String instance) {
        this.transactions = transactions;
        this.keys = keys;
        this.fences = fences;
        this.turns = turns;
        this.counters = counters;
        this.clock = clock;
        this.process = process;
        this.instance = instance;
    }

    StoredReply call(KeyedRequest request, Handler handler, @Nullable Reconciler reconciler) throws Throwable {
        return turns.in(request, () -> tryOnce(request, handler, reconciler));
    }

    private @Nullable StoredReply tryOnce(KeyedRequest request, Handler handler, @Nullable Reconciler reconciler)
            throws Throwable {
        return switch (begin(request, reconciler)) {
            case Begun.Kept kept -> kept.reply();
            case Begun.Elsewhere elsewhere -> null;
            case Begun.Mine mine -> run(request, handler);
            case Begun.TakenOver takenOver -> reconcile(request, handler, reconciler);
        };
    }

    private sealed interface Begun {
        record Kept(StoredReply reply) implements Begun {}

        record Elsewhere() implements Begun {}

        record Mine() implements Begun {}

        record TakenOver() implements Begun {}
    }

    private Begun begin(KeyedRequest request, @Nullable Reconciler reconciler) throws Throwable {
        try {
            return transactions.run(connection -> begin(connection, request, reconciler));
        } catch (SQLException e) {
            throw new NotRunException("the database cannot be asked for the key", e);
        } catch (InboxException.Commit | InboxException.KeyTaken e) {
            // If it was committed the row is this process's, which does not work on it: it is looked at as one
            // whose owner is gone. The handler has not run.
            log.debug("Key of {} is looked up again", request.route(), e);
            return new Begun.Elsewhere();
        }
    }

    private Begun begin(Connection connection, KeyedRequest request, @Nullable Reconciler reconciler)
            throws SQLException {
        Fence fence = request.fence();
        if (fence != null) {
            fences.hold(connection, fence);
        }
        KeyStore.Found found = keys.find(connection, request.key());
        KeyRow row = found.row();
        if (row == null) {
            if (!found.locked()) {
                return new Begun.Elsewhere();
            }
            keys.insertStarted(connection, request, owner(request), clock.millis());
            return new Begun.Mine();
        }
        StoredReply reply = row.reply();
        if (reply != null) {
            return new Begun.Kept(turns.duplicate(request, row, reply));
        }
        if (!row.matches(request)) {
            counters.add(InboxCounters.Result.MISMATCH);
            throw row.mismatch(request);
        }
        if (!isGone(row)) {
            return new Begun.Elsewhere();
        }
        if (reconciler == null) {
            throw unknown(request, null);
        }
        boolean mine = keys.takeOver(connection, request.key(), String.valueOf(row.owner()), owner(request));
        return mine ? new Begun.TakenOver() : new Begun.Elsewhere();
    }

    private boolean isGone(KeyRow row) {
        return process.equals(row.owner())
                || instance.equals(row.instance())
                || clock.millis() > row.deadlineMillis() + GRACE_MILLIS;
    }

    /// Whether nobody in this process works on a key any more that it started.
    boolean isUnknown(KeyRow row) {
        return isGone(row);
    }

    private KeyStore.Owner owner(KeyedRequest request) {
        long limit = request.timeoutMillis() > 0 ? request.timeoutMillis() : DEFAULT_LIMIT_MILLIS;
        return new KeyStore.Owner(process, instance, clock.millis() + limit);
    }

    private StoredReply run(KeyedRequest request, Handler handler) throws Throwable {
        StoredReply reply;
        try {
            reply = handler.handle();
        } catch (FairleadException e) {
            if (e.status() != Status.UNAVAILABLE) {
                throw unknown(request, e);
            }
            transactions.run(connection -> {
                keys.forget(connection, request.key(), process);
                return true;
            });
            counters.add(InboxCounters.Result.ROLLED_BACK);
            throw e;
        } catch (Throwable e) {
            log.error("Handler of {} failed; what became of its effect is unknown", request.route(), e);
            throw unknown(request, e);
        }
        finish(request, reply);
        counters.add(InboxCounters.Result.NEW);
        return reply;
    }

    private void finish(KeyedRequest request, StoredReply reply) throws Throwable {
        boolean kept;
        try {
            kept = transactions.run(
                    connection -> keys.finish(connection, request.key(), process, reply, clock.millis()));
        } catch (NotRunException | SQLException | InboxException.Commit e) {
            log.error("The reply of {} could not be kept; what became of its effect is unknown", request.route(), e);
            throw unknown(request, e);
        }
        if (!kept) {
            throw unknown(request, null);
        }
    }

    private StoredReply reconcile(KeyedRequest request, Handler handler, @Nullable Reconciler reconciler)
            throws Throwable {
        Reconciliation<StoredReply> found = Reconciliation.unknown();
        try {
            if (reconciler != null) {
                found = reconciler.reconcile(request.key().key(), request.payload());
            }
        } catch (Throwable e) {
            log.error("The reconcile method of {} failed", request.route(), e);
        }
        return switch (found) {
            case Reconciliation.Done<StoredReply> done -> reconciled(request, done.reply());
            case Reconciliation.NotDone<StoredReply> notDone -> run(request, handler);
            case Reconciliation.Unknown<StoredReply> unknown -> throw unknown(request, null);
        };
    }

    private StoredReply reconciled(KeyedRequest request, @Nullable StoredReply reply) throws Throwable {
        if (reply == null) {
            throw new IllegalStateException("a reconciler gives the reply of what is done");
        }
        finish(request, reply);
        counters.add(InboxCounters.Result.DUPLICATE);
        return reply;
    }

    /// The reply of a row; UNKNOWN if it is of an effect outside the database whose end nobody knows.
    static StoredReply replyOf(KeyRow row, KeyedRequest request) {
        StoredReply reply = row.reply();
        if (reply == null) {
            throw unknown(request, null);
        }
        return reply;
    }

    private static FairleadException unknown(KeyedRequest request, @Nullable Throwable cause) {
        return new FairleadException(
                Status.UNKNOWN,
                "outcome unknown: reconcile(" + request.key().key() + ")",
                cause instanceof Exception ? cause : null);
    }
}
