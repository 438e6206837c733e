package io.fairlead.cli;

import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.SuiteException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.security.Security;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `./fairlead`.
@Command(
        name = "fairlead",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        description = "Runs a Fairlead suite on this machine, and calls one here or elsewhere.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            CallCommand.class,
            SendCommand.class,
            OutcomeCommand.class,
            DeadCommand.class,
            BooksCommand.class,
            VersionCommand.class,
            HelpCommand.class
        })
public final class Fairlead implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private Fairlead() {}

    /// Runs a command and ends the process with its exit code.
    public static void main(String[] args) {
        // A gateway's name may have another address from one moment to the next, or none for a while.
        Security.setProperty("networkaddress.cache.ttl", "1");
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Fairlead())
                .registerConverter(Duration.class, Durations::parse)
                .registerConverter(GatewayAddress.class, Fairlead::gateway)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    report(e, command.getErr());
                    return CommandLine.ExitCode.SOFTWARE;
                });
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static GatewayAddress gateway(String text) {
        try {
            return GatewayAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    private static void report(Exception e, PrintWriter err) {
        if (e instanceof SuiteException) {
            err.println("fairlead: " + e.getMessage());
        } else {
            StringWriter stack = new StringWriter();
            e.printStackTrace(new PrintWriter(stack));
            err.print("fairlead: this should not have happened: " + stack);
        }
        err.flush();
    }
}
