package io.fairlead.cli;

import io.fairlead.cli.suite.SuiteException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// What commands have in common: the form of their output, and where they print.
final class Output {
    enum Format {
        TEXT,
        JSON
    }

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TEXT;

    boolean isJson() {
        return format == Format.JSON;
    }

    void line(String line) {
        PrintWriter out = out();
        out.println(line);
        out.flush();
    }

    void json(Object value) {
        line(JsonMapper.builder().build().writeValueAsString(value));
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /// Where messages for people go that are not the answer: beside JSON to standard error.
    PrintWriter progress() {
        return isJson() ? err() : out();
    }

    /// Says what is going on.
    void progress(String line) {
        PrintWriter writer = progress();
        writer.println(line);
        writer.flush();
    }

    /// The root of the repository, which the launcher script tells.
    static Path home() {
        String home = System.getProperty("fairlead.home");
        if (home == null || !Files.isDirectory(Path.of(home))) {
            throw new SuiteException("fairlead.home: " + home
                    + " (expected: the root of the repository; run ./fairlead, which sets it, or say in "
                    + Environment.GATEWAYS + " where gateways are)");
        }
        return Path.of(home);
    }
}
