package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import java.util.function.BooleanSupplier;

/// A thread of an application that sends durable messages, one after the other. What was not acknowledged is
/// sent again with its key, so that it has one effect, however often it was kept.
final class NativeSends implements Runnable {
    private static final int MAX_REPEATS = 10;
    private static final int CUSTOMERS = 20;

    private final FairleadClient client;
    private final Run run;
    private final Tally tally;
    private final BooleanSupplier more;

    NativeSends(FairleadClient client, Run run, Tally tally, BooleanSupplier more) {
        this.client = client;
        this.run = run;
        this.tally = tally;
        this.more = more;
    }

    @Override
    public void run() {
        while (more.getAsBoolean()) {
            long number = tally.send();
            String customer = "customer-" + number % CUSTOMERS;
            CallOptions options =
                    CallOptions.DEFAULTS.withIdempotencyKey(run.key(number)).withOrderingKey(customer);
            String order = "{\"item\":\"tea for " + customer + "\",\"quantity\":" + (1 + number % 9) + "}";
            send(order.getBytes(UTF_8), options, System.nanoTime());
        }
    }

    private void send(byte[] payload, CallOptions options, long startNanos) {
        for (int repeats = 0; ; repeats++) {
            try {
                client.send("orders/place", payload, options);
                tally.answered(System.nanoTime() - startNanos);
                return;
            } catch (CallException e) {
                if (!e.certainlyNotRun()) {
                    tally.unknown();
                }
                if (repeats == MAX_REPEATS) {
                    tally.failed(String.valueOf(e.getMessage()));
                    return;
                }
                tally.repeated();
            }
        }
    }
}
