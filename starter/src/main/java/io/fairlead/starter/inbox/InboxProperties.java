package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadStartException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of the inbox, which keeps the keys of `@Call(once = true)` and `@Receive` methods.
///
/// @param file SQLite file of the embedded store, for an application that has no `DataSource`. Default:
///     `data/` and fairlead.name, or spring.application.name, and `-inbox.db`.
/// @param retention how long a key and its reply are kept, 1m to 3650d. A repeat that comes later has a
///     second effect: longer than any client or gateway repeats. Longer takes more room.
/// @param cleanupInterval how often keys are deleted whose retention is over, 1s to 1d, and not above the
///     retention.
/// @param initializeSchema whether the tables are made at start where they are missing: always, embedded
///     (only in SQLite and HSQLDB), never (by Flyway and the like, from `io/fairlead/inbox/schema-*.sql`).
/// @param allowH2 whether H2 may keep keys. It loses acknowledged commits in crashes: for tests alone.
/// @param fingerprint what must be the same when a key comes again, for each service: payload (all of it),
///     none, hl7 (all but MSH-7), or iso8583 (all but the repeat digit of the message type). Default:
///     payload, or the application's `Fingerprint` bean.
/// @param receive how durable messages are run.
/// @since 0.2
@ConfigurationProperties("fairlead.inbox")
public record InboxProperties(
        @Nullable String file,
        @DefaultValue("7d") Duration retention,
        @DefaultValue("1m") Duration cleanupInterval,
        @DefaultValue("always") SchemaMode initializeSchema,
        @DefaultValue("false") boolean allowH2,
        @DefaultValue Map<String, FingerprintKind> fingerprint,
        @DefaultValue Receive receive) {

    /// @throws FairleadStartException if a value is out of its bounds
    public InboxProperties {
        range("retention", retention, Duration.ofMinutes(1), Duration.ofDays(3_650), "1m to 3650d");
        range("cleanup-interval", cleanupInterval, Duration.ofSeconds(1), Duration.ofDays(1), "1s to 1d");
        if (cleanupInterval.compareTo(retention) > 0) {
            throw FairleadStartException.property(
                    "fairlead.inbox.cleanup-interval",
                    cleanupInterval,
                    "at most fairlead.inbox.retention, " + retention);
        }
        fingerprint = Map.copyOf(fingerprint);
    }

    private static void range(String name, Duration value, Duration min, Duration max, String expected) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw FairleadStartException.property("fairlead.inbox." + name, value, expected);
        }
    }

    /// When the tables are made.
    public enum SchemaMode {
        /// In every database.
        ALWAYS,
        /// In embedded ones.
        EMBEDDED,
        /// By the application.
        NEVER
    }

    /// How durable messages are run.
    ///
    /// @param transactions how many transactions of durable messages run at a time, 1 to 256, each on a
    ///     thread and a connection of its own; 0 = 1 for SQLite, which has one writer, else 4. More lets slow
    ///     methods wait for less.
    /// @param batch most messages in one transaction, 1 to 1000. More takes fewer commits; if one of them
    ///     fails, all are run again, each alone.
    public record Receive(
            @DefaultValue("0") int transactions,
            @DefaultValue("256") int batch) {
        /// @throws FairleadStartException if a value is out of its bounds
        public Receive {
            if (transactions < 0 || transactions > 256) {
                throw FairleadStartException.property("fairlead.inbox.receive.transactions", transactions, "0 to 256");
            }
            if (batch < 1 || batch > 1_000) {
                throw FairleadStartException.property("fairlead.inbox.receive.batch", batch, "1 to 1000");
            }
        }
    }
}
