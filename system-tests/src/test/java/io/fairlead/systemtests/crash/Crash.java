package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Folders;
import io.fairlead.test.PostgresServer;
import java.nio.file.Path;
import java.util.Set;

/// `system-tests/run crash [--rounds N] [--seed S] [--store E] [--inbox E] …`: exits with 0 if no promise was
/// broken, 1 if one was, 2 if the bench cannot run here or was called wrongly.
public final class Crash {
    private static final Set<String> NAMES =
            Set.of("rounds", "seed", "store", "inbox", "messages", "rate", "keys", "data");
    private static final String USAGE =
            "usage: system-tests/run crash [--rounds N] [--seed S] [--store sqlite|postgres]"
                    + " [--inbox sqlite|postgres] [--messages N] [--rate N] [--keys N] [--data FOLDER]";

    private Crash() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String[] args) {
        CrashOptions options;
        try {
            Arguments arguments = Arguments.parse(args, NAMES);
            Engine store = Engine.parse(arguments.text("store", "sqlite"));
            options = new CrashOptions(
                    store,
                    Engine.parse(arguments.text("inbox", store.text())),
                    arguments.number("rounds", 20),
                    arguments.seed(),
                    arguments.number("messages", 0),
                    arguments.number("rate", 2_000),
                    arguments.number("keys", 300),
                    Folders.target("crash"),
                    Path.of(arguments.text("data", Folders.target("crash-data").toString())));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            return 2;
        }
        if (options.usesPostgres() && !PostgresServer.isInstalled()) {
            System.err.println("PostgreSQL is not installed: apt-get install postgresql");
            return 2;
        }
        CrashReport report = new CrashBench(options, System.out).run();
        System.out.println(report.text());
        System.out.println("Histories and this summary: " + options.folder());
        return report.verdict().isGood() ? 0 : 1;
    }
}
