package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadStartException;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.inbox.InboxProperties.SchemaMode;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;

/// Keeps the keys of methods that run once for each, in the application's database. Does nothing until it is
/// opened.
///
/// Thread-safe once open. Requests come on threads that may block, deliveries from any thread.
///
/// @since 0.2
public final class Inbox {
    private static final Logger log = LoggerFactory.getLogger(Inbox.class);

    private static final int SHARED_TRANSACTIONS = 4;

    private final Transactions transactions;
    private final InboxProperties properties;
    private final Fingerprints fingerprints;
    private final ProcessName name;
    private final InstantSource clock;
    private final InboxCounters counters = new InboxCounters();

    private volatile @Nullable Open open;
    private volatile String lastError = "";

    private record Open(
            Engine engine,
            String storeId,
            KeyStore keys,
            Turns turns,
            OnceCalls once,
            ExternalCalls external,
            Deliveries deliveries,
            CleanUp cleanUp) {}

    /// @param manager of the transactions on the data source's connections
    /// @param fingerprint for services that the properties do not name
    public Inbox(
            DataSource dataSource,
            PlatformTransactionManager manager,
            InboxProperties properties,
            Fingerprint fingerprint,
            ProcessName name) {
        this(dataSource, manager, properties, fingerprint, name, InstantSource.system());
    }

    /// @param clock of the times that are stored
    Inbox(
            DataSource dataSource,
            PlatformTransactionManager manager,
            InboxProperties properties,
            Fingerprint fingerprint,
            ProcessName name,
            InstantSource clock) {
        this.transactions = new Transactions(dataSource, manager);
        this.properties = properties;
        this.fingerprints = new Fingerprints(properties.fingerprint(), fingerprint);
        this.name = name;
        this.clock = clock;
    }

    /// Checks the database, makes the tables where they are missing, and starts.
    ///
    /// @throws FairleadStartException if the database cannot keep keys, with the remedy
    public synchronized void open() {
        if (open != null) {
            return;
        }
        Engine engine;
        String storeId;
        try {
            requireFit();
            engine = transactions.run(Engine::of);
            transactions.run(connection -> {
                StoreCheck.check(engine, connection, properties.allowH2());
                return true;
            });
            if (properties.initializeSchema() == SchemaMode.ALWAYS
                    || (properties.initializeSchema() == SchemaMode.EMBEDDED && engine.embedded())) {
                transactions.run(connection -> {
                    Schema.create(engine, connection);
                    return true;
                });
            }
            storeId = transactions.run(connection -> Schema.storeId(engine, connection));
        } catch (FairleadStartException e) {
            throw e;
        } catch (Throwable e) {
            throw new FairleadStartException(
                    "The inbox's database cannot be used: " + e.getMessage()
                            + (e.getCause() == null ? "" : ": " + e.getCause().getMessage()),
                    "Start the database, and check spring.datasource.url, its user and its rights.",
                    e);
        }
        open = start(engine, storeId);
        log.info(
                "Keys of @Call(once = true) and @Receive methods are kept for {} in {} (store {})",
                properties.retention(),
                engine,
                storeId);
        if (engine.embedded()) {
            log.warn(
                    "The inbox is in {}, which instances on other machines do not see: while instances with different"
                            + " stores offer a method, gateways refuse its calls with keys. With several machines, set"
                            + " spring.datasource.url to a PostgreSQL that all of them share",
                    engine);
        }
    }

    private void requireFit() {
        if (!transactions.fit()) {
            throw new FairleadStartException(
                    "The transaction manager does not manage the transactions of the DataSource, so a key could be kept"
                            + " without its effect",
                    "Give the application one DataSource and a JdbcTransactionManager or JpaTransactionManager on it,"
                            + " or mark those with @Primary that belong together.");
        }
    }

    private Open start(Engine engine, String storeId) {
        String process = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        KeyStore keys = new KeyStore(engine);
        Fences fences = new Fences(engine, counters);
        Turns turns = new Turns(counters);
        OnceCalls once = new OnceCalls(transactions, keys, fences, turns, counters, clock);
        ExternalCalls external =
                new ExternalCalls(transactions, keys, fences, turns, counters, clock, process, name.value());
        Deliveries deliveries = new Deliveries(
                transactions,
                keys,
                fences,
                turns,
                once,
                counters,
                clock,
                properties.receive().batch());
        CleanUp cleanUp = new CleanUp(
                transactions, keys, properties.retention(), properties.cleanupInterval(), clock, this::failed);
        int atATime = properties.receive().transactions();
        deliveries.start(atATime > 0 ? atATime : engine == Engine.SQLITE ? 1 : SHARED_TRANSACTIONS);
        cleanUp.start();
        return new Open(engine, storeId, keys, turns, once, external, deliveries, cleanUp);
    }

    /// What the inbox has to know of a call or a delivery; null for a call without a key.
    ///
    /// @param timeLeft until the deadline; null = none
    /// @param timeoutMillis of the method; 0 = none
    /// @throws io.fairlead.starter.FairleadException INVALID_ARGUMENT if the key cannot be kept
    public @Nullable KeyedRequest request(
            Route route,
            Metadata metadata,
            byte[] payload,
            boolean delivery,
            @Nullable Duration timeLeft,
            long timeoutMillis) {
        String key = metadata.get(Metadata.IDEMPOTENCY_KEY);
        String id = metadata.get(Metadata.MESSAGE_ID);
        InboxKey found;
        if (key != null) {
            found = InboxKey.ofClient(route.service(), metadata.get(Metadata.IDENTITY), key);
        } else if (delivery && id != null) {
            found = InboxKey.ofMessage(route.service(), id);
        } else {
            return null;
        }
        return new KeyedRequest(
                found,
                route,
                fingerprints.of(route, payload),
                payload,
                timeLeft == null ? Long.MAX_VALUE : System.nanoTime() + timeLeft.toNanos(),
                timeoutMillis,
                delivery,
                delivery ? Fence.parse(metadata.get(Metadata.FENCE)) : null);
    }

    /// Runs a request whose effect is in the database, or gives its stored reply.
    ///
    /// @throws NotRunException if the handler certainly did not run
    /// @throws io.fairlead.starter.FairleadException what the caller is to hear; or whatever the handler threw
    public StoredReply call(KeyedRequest request, Handler handler) throws Throwable {
        return noted(() -> opened().once().call(request, handler));
    }

    /// Runs a request whose effect is elsewhere, or gives its stored reply.
    ///
    /// @param reconciler null if the application has none
    /// @throws NotRunException if the handler certainly did not run
    /// @throws io.fairlead.starter.FairleadException what the caller is to hear
    public StoredReply callExternal(KeyedRequest request, Handler handler, @Nullable Reconciler reconciler)
            throws Throwable {
        return noted(() -> opened().external().call(request, handler, reconciler));
    }

    /// Runs a request without a key in a transaction.
    public StoredReply callWithoutKey(Handler handler) throws Throwable {
        return noted(() -> transactions.run(connection -> handler.handle()));
    }

    /// Runs a durable message whose effect is in the database, together with others. Does not block.
    public void deliver(Delivery delivery) {
        opened().deliveries().add(delivery);
    }

    private StoredReply noted(Handler work) throws Throwable {
        try {
            return work.handle();
        } catch (NotRunException | InboxException | InboxException.Commit e) {
            failed(e);
            throw e;
        }
    }

    private void failed(Throwable error) {
        Throwable cause = error.getCause() == null ? error : error.getCause();
        lastError = clock.instant() + " " + error.getMessage() + ": " + cause.getMessage();
    }

    /// What is known of a key.
    ///
    /// @param identity of the client; null = none
    /// @param key a client's, or the id of a message
    public KeyOutcome outcome(String service, @Nullable String identity, String key) throws Throwable {
        KeyOutcome outcome = outcome(InboxKey.ofClient(service, identity, key));
        return outcome.state() == KeyOutcome.State.NEVER_SEEN ? outcome(InboxKey.ofMessage(service, key)) : outcome;
    }

    private KeyOutcome outcome(InboxKey key) throws Throwable {
        Open now = opened();
        boolean taken = now.turns().isTaken(key);
        KeyStore.Found found;
        try {
            found = transactions.run(connection -> now.keys().ask(connection, key));
        } catch (SQLException e) {
            throw new NotRunException("the database cannot be asked for the key", e);
        }
        KeyRow row = found.row();
        if (row == null) {
            return taken || !found.locked() ? KeyOutcome.RUNNING : KeyOutcome.NEVER_SEEN;
        }
        if (row.done()) {
            return new KeyOutcome(KeyOutcome.State.DONE, row.method(), row.reply(), row.atMillis());
        }
        KeyOutcome.State state =
                !taken && now.external().isUnknown(row) ? KeyOutcome.State.UNKNOWN : KeyOutcome.State.RUNNING;
        return new KeyOutcome(state, row.method(), null, row.atMillis());
    }

    /// Deletes keys whose retention is over, as happens in the background.
    void cleanUp() {
        opened().cleanUp().clean();
    }

    /// Tells stores apart: instances that name the same one share their keys.
    public String storeId() {
        return opened().storeId();
    }

    /// How long a key is kept.
    public Duration retention() {
        return properties.retention();
    }

    /// What became of keys, since the start.
    public InboxCounters counters() {
        return counters;
    }

    /// Whether it keeps keys.
    public boolean isOpen() {
        return open != null;
    }

    /// The store in words; empty until it is open.
    public String description() {
        Open now = open;
        return now == null
                ? ""
                : now.engine() + (now.engine().embedded() ? ", not shared" : "") + ", store " + now.storeId();
    }

    /// When the database could not be used for the last time, and why; empty if it always could.
    public String lastError() {
        return lastError;
    }

    /// Waits end, queued deliveries are answered as not run. May be opened again.
    public synchronized void close() {
        Open now = open;
        if (now != null) {
            open = null;
            now.turns().close();
            now.deliveries().close();
            now.cleanUp().close();
        }
    }

    private Open opened() {
        Open now = open;
        if (now == null) {
            throw new NotRunException("the inbox is closed", null);
        }
        return now;
    }
}
