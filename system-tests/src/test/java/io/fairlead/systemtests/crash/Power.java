package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Folders;
import java.util.Optional;
import java.util.Set;

/// `system-tests/run power [--rounds N] [--seed S] …`: exits with 0 if nothing was lost and the control without
/// sync lost something, 1 if not, 2 if the bench cannot run here or was called wrongly.
public final class Power {
    private static final Set<String> NAMES = Set.of("rounds", "seed", "rate", "keys", "control");
    private static final String USAGE =
            "usage: system-tests/run power [--rounds N] [--seed S] [--rate N] [--keys N] [--control ROUNDS]";

    private Power() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String[] args) {
        PowerBench.Options options;
        int controlRounds;
        try {
            Arguments arguments = Arguments.parse(args, NAMES);
            options = new PowerBench.Options(
                    arguments.number("rounds", 20),
                    arguments.seed(),
                    arguments.number("rate", 1_000),
                    arguments.number("keys", 100),
                    true,
                    Folders.target("power"));
            controlRounds = arguments.number("control", 1);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            return 2;
        }
        Optional<String> whyNot = Volume.whyNot(options.folder());
        if (whyNot.isPresent()) {
            System.err.println("The power bench cannot run: " + whyNot.get() + "\nIt needs root and loop devices.");
            return 2;
        }
        CrashReport report = new PowerBench(options, System.out).run();
        System.out.println(report.text());
        boolean seen = controlRounds == 0 || control(options, controlRounds);
        return report.verdict().isGood() && seen ? 0 : 1;
    }

    /// Whether the bench sees losses where there must be some.
    private static boolean control(PowerBench.Options options, int rounds) {
        Optional<String> whyNot = NoSync.whyNot();
        if (whyNot.isPresent()) {
            System.err.println("No control without sync: " + whyNot.get());
            return false;
        }
        boolean seen = PowerControl.seesLosses(options, rounds, System.out);
        System.out.println(seen ? "control        good" : "control        SEES NOTHING");
        return seen;
    }
}
