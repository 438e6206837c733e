package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Folders;
import java.io.PrintStream;
import java.util.Locale;

/// The power bench with processes whose syncs do nothing: it shows that the bench would see it.
final class PowerControl {
    private PowerControl() {}

    static boolean seesLosses(PowerBench.Options options, int rounds, PrintStream out) {
        PowerBench.Options control = new PowerBench.Options(
                rounds,
                options.seed(),
                options.perSecond(),
                options.keys(),
                false,
                Folders.target(options.folder().getFileName() + "-control"));
        CrashReport report = new PowerBench(control, out).run();
        CrashChecker.Verdict verdict = report.verdict();
        out.printf(
                Locale.ROOT,
                "control        without sync: %,d acknowledged, %,d of them lost%n",
                verdict.acknowledged(),
                verdict.lost());
        return verdict.lost() > 0;
    }
}
