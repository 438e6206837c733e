package io.fairlead.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./fairlead call`.
@Command(
        name = "call",
        mixinStandardHelpOptions = true,
        description = "Calls a method of a worker through a gateway and prints its reply.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:answered", "1:ended with another status, which is printed", "2:wrong usage"})
final class CallCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Mixin
    private final GatewayOptions gateway = new GatewayOptions();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Until the call is given up, such as 500ms, 2s or 1m (default: 10s).")
    private Duration timeout = Duration.ofSeconds(10);

    @Option(names = "--key", paramLabel = "KEY", description = "Idempotency key.")
    private @Nullable String key;

    @Override
    public Integer call() throws IOException {
        byte[] request = gateway.payload();
        CallOptions options = CallOptions.DEFAULTS.withTimeout(timeout);
        if (key != null) {
            options = options.withIdempotencyKey(key);
        }
        long startNanos = System.nanoTime();
        try (FairleadClient client = gateway.client()) {
            answered(client.call(gateway.route(), request, options), System.nanoTime() - startNanos);
            return 0;
        } catch (CallException e) {
            GatewayOptions.failed(output, e, "run");
            return 1;
        }
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
