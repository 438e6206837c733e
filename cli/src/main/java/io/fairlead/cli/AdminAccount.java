package io.fairlead.cli;

import io.fairlead.cli.suite.Credentials;
import io.fairlead.cli.suite.SuiteException;
import java.io.Console;
import picocli.CommandLine.Option;

/// As whom a command asks the admin of gateways that an option or the environment names.
final class AdminAccount {
    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Account at gateways that an option or the environment names (default: ${DEFAULT-VALUE}).")
    private String user = Credentials.ADMIN;

    @Option(
            names = "--password",
            description = "Ask for the password of --user. Without this option: that in the environment's "
                    + Environment.PASSWORD + ", or in the file that its " + Environment.PASSWORD_FILE
                    + " names, and asked for if there is none.")
    private boolean askForPassword;

    String user() {
        return user;
    }

    /// @throws SuiteException if there is none
    String password() {
        return askForPassword ? typed() : Environment.current().adminPassword().orElseGet(this::typed);
    }

    @SuppressWarnings("SystemConsoleNull") // from JDK 25 on it does again, without a terminal
    private String typed() {
        Console console = System.console();
        char[] typed = console == null || !console.isTerminal() ? null : console.readPassword("password of %s: ", user);
        if (typed == null) {
            throw new SuiteException("password of " + user + ": none (expected: in " + Environment.PASSWORD
                    + ", in a file that " + Environment.PASSWORD_FILE + " names, or typed at a terminal)");
        }
        return new String(typed);
    }
}
