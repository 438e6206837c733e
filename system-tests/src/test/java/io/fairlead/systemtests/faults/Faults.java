package io.fairlead.systemtests.faults;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// `system-tests/run faults [--seconds N] [--seed S] [--fault NAME]…`: exits with 0 if no promise was broken,
/// 1 if one was, 2 if the bench cannot run here or was called wrongly.
public final class Faults {
    private static final int DEFAULT_SECONDS = 300;
    private static final String USAGE = "usage: system-tests/run faults [--seconds N] [--seed S] [--fault NAME]...";

    private Faults() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String[] args) {
        int seconds = DEFAULT_SECONDS;
        long seed = ThreadLocalRandom.current().nextInt(1_000_000);
        List<FaultKind> kinds = new ArrayList<>();
        try {
            for (int i = 0; i < args.length; i += 2) {
                if (i + 1 == args.length) {
                    throw new IllegalArgumentException(args[i] + ": no value");
                }
                switch (args[i]) {
                    case "--seconds" -> seconds = Integer.parseInt(args[i + 1]);
                    case "--seed" -> seed = Long.parseLong(args[i + 1]);
                    case "--fault" -> kinds.add(FaultKind.parse(args[i + 1]));
                    default -> throw new IllegalArgumentException(args[i] + ": unknown");
                }
            }
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            return 2;
        }
        Optional<String> whyNot = NamespaceHosts.whyNot();
        if (whyNot.isPresent()) {
            System.err.println("The fault bench cannot run: " + whyNot.get()
                    + "\nIt needs root (or CAP_NET_ADMIN and CAP_SYS_ADMIN), iproute2, iptables and util-linux.");
            return 2;
        }
        StringBuilder again = new StringBuilder("system-tests/run faults --seconds " + seconds + " --seed " + seed);
        kinds.forEach(kind -> again.append(" --fault ").append(kind.text()));
        if (kinds.isEmpty()) {
            kinds.addAll(FaultBench.usual());
            System.out.println(WallClock.WHY_NOT);
        }
        return run(seed, seconds, kinds, again.toString());
    }

    private static int run(long seed, int seconds, List<FaultKind> kinds, String again) {
        System.out.println("seed " + seed);
        Path folder = Path.of(System.getProperty("fairlead.root"), "system-tests", "target", "faults")
                .normalize();
        Report report = new FaultBench(new FaultBench.Options(seed, kinds, seconds, 1, folder), System.out).run();
        System.out.println(report.text());
        System.out.println("Again: " + again);
        return report.violations().isEmpty() ? 0 : 1;
    }
}
