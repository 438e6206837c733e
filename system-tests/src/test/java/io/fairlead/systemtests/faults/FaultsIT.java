package io.fairlead.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The short version of the fault bench: a few faults, always the same.
class FaultsIT {
    private static final long SEED = 3;
    private static final List<FaultKind> KINDS =
            List.of(FaultKind.KILL_WORKER, FaultKind.CUT_WORKER, FaultKind.KILL_GATEWAY, FaultKind.RESET_LINKS);

    @Test
    void noFaultBreaksAPromise() {
        Optional<String> whyNot = NamespaceHosts.whyNot();
        whyNot.ifPresent(reason -> System.err.println("SKIPPED: the fault bench cannot run here: " + reason));
        Assumptions.assumeTrue(whyNot.isEmpty(), whyNot::toString);

        Path folder = Path.of(System.getProperty("fairlead.root"), "system-tests", "target", "faults-it")
                .normalize();
        Report report = new FaultBench(new FaultBench.Options(SEED, KINDS, 0, KINDS.size(), folder), System.out).run();

        System.out.println(report.text());
        assertThat(report.violations()).isEmpty();
    }
}
