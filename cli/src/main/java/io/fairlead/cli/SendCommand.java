package io.fairlead.cli;

import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./fairlead send`.
@Command(
        name = "send",
        mixinStandardHelpOptions = true,
        description = {
            "Sends a durable message to a @Receive method of a worker, and prints its id when a gateway has it on disk.",
            "It is then delivered until its handler has committed: see `outcome`, `dead` and `books`."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:on disk", "1:not acknowledged; the status says whether it may be kept", "2:wrong usage"})
final class SendCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Mixin
    private final GatewayOptions gateway = new GatewayOptions();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Until the acknowledgement is no longer waited for, such as 500ms, 2s or 1m (default: 10s).")
    private Duration timeout = Duration.ofSeconds(10);

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "Idempotency key: messages and calls of one key have one effect. Default: one by chance.")
    private @Nullable String key;

    @Option(
            names = "--ordering-key",
            paramLabel = "KEY",
            description = "Messages of one ordering key are handled in the order in which they were sent.")
    private @Nullable String orderingKey;

    @Option(names = "--deliver-after", paramLabel = "TIME", description = "Not delivered before (default: at once).")
    private @Nullable Duration deliverAfter;

    @Option(
            names = "--expires-after",
            paramLabel = "TIME",
            description = "Not delivered any more (default: the gateway's max-age).")
    private @Nullable Duration expiresAfter;

    @Override
    public Integer call() throws IOException {
        byte[] payload = gateway.payload();
        String usedKey = key == null ? UUID.randomUUID().toString() : key;
        CallOptions options = CallOptions.DEFAULTS.withTimeout(timeout).withIdempotencyKey(usedKey);
        if (orderingKey != null) {
            options = options.withOrderingKey(orderingKey);
        }
        if (deliverAfter != null) {
            options = options.withDeliverAfter(deliverAfter);
        }
        if (expiresAfter != null) {
            options = options.withExpiresAfter(expiresAfter);
        }
        try (FairleadClient client = gateway.client()) {
            String id = client.send(gateway.route(), payload, options);
            if (output.isJson()) {
                Map<String, Object> answer = new LinkedHashMap<>();
                answer.put("status", "OK");
                answer.put("messageId", id);
                answer.put("key", usedKey);
                output.json(answer);
            } else {
                output.line(id);
            }
            return 0;
        } catch (CallException e) {
            GatewayOptions.failed(output, e, "kept");
            return 1;
        }
    }
}
