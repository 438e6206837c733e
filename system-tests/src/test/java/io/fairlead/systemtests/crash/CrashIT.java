package io.fairlead.systemtests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.systemtests.nodes.Folders;
import io.fairlead.test.PostgresServer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The short version of the crash bench.
class CrashIT {
    private static final long SEED = 4;

    @ParameterizedTest(name = "journal {0}, inbox {1}")
    @CsvSource({"SQLITE, SQLITE", "POSTGRES, POSTGRES", "SQLITE, POSTGRES"})
    void whatWasAcknowledgedHasOneEffectInOrder(Engine store, Engine inbox) {
        String name = "crash-it-" + store.text() + "-" + inbox.text();
        CrashOptions options = new CrashOptions(
                store, inbox, 2, SEED, 2_000, 500, 60, Folders.target(name), Folders.target(name + "-data"));
        if (options.usesPostgres() && !PostgresServer.isInstalled()) {
            System.err.println("SKIPPED: the crash bench with PostgreSQL: it is not installed");
        }
        Assumptions.assumeTrue(!options.usesPostgres() || PostgresServer.isInstalled());

        CrashReport report = new CrashBench(options, System.out).run();

        System.out.println(report.text());
        assertThat(report.verdict().isGood()).as(report.text()).isTrue();
    }
}
