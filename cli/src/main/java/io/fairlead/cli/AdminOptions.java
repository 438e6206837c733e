package io.fairlead.cli;

import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteException;
import java.io.Console;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Which gateways' admin a command asks, and as whom.
final class AdminOptions {
    private static final String PASSWORD = "FAIRLEAD_ADMIN_PASSWORD";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description =
                    "Admin of a gateway, such as http://127.0.0.1:8080. Default: all gateways of the suite that `up` "
                            + "started.")
    private @Nullable String url;

    @Option(names = "--user", paramLabel = "NAME", description = "Account for --admin (default: ${DEFAULT-VALUE}).")
    private String user = "admin";

    @Option(
            names = "--password",
            description = "Ask for the password for --admin. Without this option: that in the environment's " + PASSWORD
                    + ", and asked for if there is none.")
    private boolean askForPassword;

    /// @throws SuiteException if there is none to ask
    List<AdminSite> sites() {
        if (url != null) {
            try {
                return List.of(AdminSite.at(url, user, password()));
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
            }
        }
        List<AdminSite> sites = AdminSite.of(Suite.local(Output.home()).state());
        if (sites.isEmpty()) {
            throw new SuiteException(
                    "no gateway is running (expected: one that `./fairlead up` started, or --admin URL)");
        }
        return sites;
    }

    @SuppressWarnings("SystemConsoleNull") // from JDK 25 on it does again, without a terminal
    private String password() {
        String known = System.getenv(PASSWORD);
        if (known != null && !askForPassword) {
            return known;
        }
        Console console = System.console();
        char[] typed = console == null || !console.isTerminal() ? null : console.readPassword("password of %s: ", user);
        if (typed == null) {
            throw new SuiteException(
                    "password of " + user + ": none (expected: in " + PASSWORD + ", or typed at a terminal)");
        }
        return new String(typed);
    }
}
