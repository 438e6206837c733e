package io.fairlead.cli;

import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Which gateways' admin a command asks.
final class AdminOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            split = ",",
            description =
                    "Admin of a gateway, such as http://127.0.0.1:8080; several with commas between them. "
                            + "Default: all gateways in the environment's " + Environment.GATEWAYS
                            + " (HOST or HOST:PORT of the native listener, with commas), or else of the suite that `up` started.")
    private @Nullable List<String> urls;

    @Mixin
    private final AdminAccount account = new AdminAccount();

    /// @throws SuiteException if there is none to ask
    List<AdminSite> sites() {
        if (urls != null) {
            return at(urls);
        }
        List<GatewayAddress> gateways = Environment.current().gateways();
        if (!gateways.isEmpty()) {
            String password = account.password();
            return gateways.stream()
                    .map(gateway -> AdminSite.of(gateway, account.user(), password))
                    .toList();
        }
        List<AdminSite> local = AdminSite.of(Suite.local(Output.home()).state());
        if (local.isEmpty()) {
            throw new SuiteException(
                    "no gateway is running (expected: one that `./fairlead up` started, --admin URL, or "
                            + Environment.GATEWAYS + ")");
        }
        return local;
    }

    private List<AdminSite> at(List<String> given) {
        String password = account.password();
        try {
            return given.stream()
                    .map(url -> AdminSite.at(url, account.user(), password))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
