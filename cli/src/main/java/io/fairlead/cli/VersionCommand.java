package io.fairlead.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `./fairlead version`.
@Command(name = "version", description = "Says which version this is.", mixinStandardHelpOptions = true)
final class VersionCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().getOut().println(version());
        spec.commandLine().getOut().flush();
    }

    private static String version() {
        String version = Fairlead.class.getPackage().getImplementationVersion();
        return "fairlead " + (version == null ? "(not packaged)" : version) + ", Java " + Runtime.version();
    }

    /// For `--version`.
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {version()};
        }
    }
}
