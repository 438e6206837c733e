package io.fairlead.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.Service;
import io.fairlead.cli.suite.Suite;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Route;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// What commands have in common that send something to a worker through a gateway.
final class GatewayOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "ROUTE", description = "service/method, such as echo/upper.")
    private String route = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PAYLOAD",
            description = "Text to send; - reads standard input. Default: nothing.")
    private String payload = "";

    @Option(
            names = "--gateway",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Native listener of a gateway; several, with commas between them, are tried in turn. "
                    + "Default: those in the environment's " + Environment.GATEWAYS
                    + " (HOST or HOST:PORT, with commas), or else of the suite that `up` started.")
    private @Nullable List<String> gateways;

    String route() {
        return route;
    }

    byte[] payload() throws IOException {
        return payload.equals("-") ? System.in.readAllBytes() : payload.getBytes(UTF_8);
    }

    /// @throws ParameterException if route or addresses are malformed
    FairleadClient client() {
        try {
            Route.parse(route);
            return FairleadClient.builder()
                    .addresses(gateways == null ? usual() : gateways)
                    .name("fairlead-cli")
                    .build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> usual() {
        List<GatewayAddress> told = Environment.current().gateways();
        List<GatewayAddress> known = told.isEmpty() ? ofTheSuite() : told;
        return known.isEmpty()
                ? List.of("127.0.0.1:7400")
                : known.stream().map(GatewayAddress::toString).toList();
    }

    private static List<GatewayAddress> ofTheSuite() {
        return Suite.local(Output.home()).state().running(Service.GATEWAY).stream()
                .map(GatewayAddress::of)
                .toList();
    }

    /// Says that it failed.
    ///
    /// @param certainlyNot what did not happen where it certainly did not
    static void failed(Output output, CallException e, String certainlyNot) {
        if (output.isJson()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("status", e.status().name());
            answer.put("certainlyNotRun", e.certainlyNotRun());
            answer.put("message", String.valueOf(e.getMessage()));
            output.json(answer);
        } else {
            output.err()
                    .println("fairlead: " + e.getMessage()
                            + (e.certainlyNotRun() ? " (certainly not " + certainlyNot + ")" : ""));
            output.err().flush();
        }
    }
}
