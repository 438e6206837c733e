package io.fairlead.systemtests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.systemtests.nodes.Folders;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The short version of the power bench.
class PowerIT {
    private static final PowerBench.Options OPTIONS =
            new PowerBench.Options(2, 4, 300, 50, true, Folders.target("power-it"));

    @BeforeAll
    static void disks() {
        Optional<String> whyNot = Volume.whyNot(OPTIONS.folder());
        whyNot.ifPresent(reason -> System.err.println("SKIPPED: the power bench cannot run here: " + reason));
        Assumptions.assumeTrue(whyNot.isEmpty(), whyNot::toString);
    }

    @Test
    void whatWasAcknowledgedSurvivesAPowerCut() {
        CrashReport report = new PowerBench(OPTIONS, System.out).run();

        System.out.println(report.text());
        assertThat(report.verdict().isGood()).as(report.text()).isTrue();
    }

    @Test
    void withoutSyncLossesAreSeen() {
        Assumptions.assumeTrue(NoSync.whyNot().isEmpty(), "gcc is not installed");

        assertThat(PowerControl.seesLosses(OPTIONS, 1, System.out)).isTrue();
    }
}
