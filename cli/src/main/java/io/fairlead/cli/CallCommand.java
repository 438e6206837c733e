package io.fairlead.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.cli.suite.Service;
import io.fairlead.cli.suite.Suite;
import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Route;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./fairlead call`.
@Command(
        name = "call",
        mixinStandardHelpOptions = true,
        description = "Calls a method of a worker through a gateway and prints its reply.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:answered", "1:ended with another status, which is printed", "2:wrong usage"})
final class CallCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "ROUTE", description = "service/method, such as echo/upper.")
    private String route = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PAYLOAD",
            description = "Text to send; - reads standard input. Default: nothing.")
    private String payload = "";

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Until the call is given up, such as 500ms, 2s or 1m (default: 10s).")
    private Duration timeout = Duration.ofSeconds(10);

    @Option(
            names = "--gateway",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Native listener of a gateway; several, with commas between them, are tried in turn. "
                    + "Default: those of the suite that `up` started.")
    private @Nullable List<String> gateways;

    @Option(names = "--key", paramLabel = "KEY", description = "Idempotency key.")
    private @Nullable String key;

    @Override
    public Integer call() throws IOException {
        byte[] request = payload.equals("-") ? System.in.readAllBytes() : payload.getBytes(UTF_8);
        CallOptions options = CallOptions.DEFAULTS.withTimeout(timeout);
        if (key != null) {
            options = options.withIdempotencyKey(key);
        }
        long startNanos = System.nanoTime();
        try (FairleadClient client = client()) {
            answered(client.call(route, request, options), System.nanoTime() - startNanos);
            return 0;
        } catch (CallException e) {
            failed(e);
            return 1;
        }
    }

    private FairleadClient client() {
        try {
            Route.parse(route);
            return FairleadClient.builder()
                    .addresses(gateways == null ? ofTheSuite() : gateways)
                    .name("fairlead-cli")
                    .build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> ofTheSuite() {
        List<String> running = Suite.local(Output.home()).state().running(Service.GATEWAY).stream()
                .map(gateway -> "127.0.0.1:" + gateway.port("native"))
                .toList();
        return running.isEmpty() ? List.of("127.0.0.1:7400") : running;
    }

    private void answered(byte[] reply, long nanos) {
        String text = text(reply);
        if (output.isJson()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("status", "OK");
            answer.put("millis", nanos / 1_000_000);
            answer.put(text == null ? "payloadBase64" : "payload", text == null ? base64(reply) : text);
            output.json(answer);
        } else if (text != null) {
            output.line(text);
        } else {
            // Bytes that are no text go out as they are, for a file or a pipe.
            System.out.write(reply, 0, reply.length);
            System.out.flush();
        }
    }

    private void failed(CallException e) {
        if (output.isJson()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("status", e.status().name());
            answer.put("certainlyNotRun", e.certainlyNotRun());
            answer.put("message", String.valueOf(e.getMessage()));
            output.json(answer);
        } else {
            output.err().println("fairlead: " + e.getMessage() + (e.certainlyNotRun() ? " (certainly not run)" : ""));
            output.err().flush();
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static @Nullable String text(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return null; // not text, which is an answer here
        }
    }
}
