package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Status;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/// A thread of an application that calls through the native client, one call after the other.
final class NativeCalls implements Runnable {
    /// How often a call that may have run is repeated: `echo/echo` may run twice, as its caller knows.
    private static final int MAX_REPEATS = 3;

    private final FairleadClient client;
    private final Tally tally;
    private final BooleanSupplier more;

    NativeCalls(FairleadClient client, Tally tally, BooleanSupplier more) {
        this.client = client;
        this.tally = tally;
        this.more = more;
    }

    @Override
    public void run() {
        while (more.getAsBoolean()) {
            byte[] payload = ("native call " + tally.send()).getBytes(UTF_8);
            call(payload, System.nanoTime(), 0);
        }
    }

    private void call(byte[] payload, long startNanos, int repeats) {
        try {
            byte[] reply = client.call("echo/echo", payload);
            if (Arrays.equals(reply, payload)) {
                tally.answered(System.nanoTime() - startNanos);
            } else {
                tally.wrong(new String(payload, UTF_8) + " was answered " + new String(reply, UTF_8));
            }
        } catch (CallException e) {
            boolean unknown = e.status() == Status.UNKNOWN;
            if (unknown) {
                tally.unknown();
            }
            if (unknown && repeats < MAX_REPEATS) {
                tally.repeated();
                call(payload, startNanos, repeats + 1);
            } else {
                tally.failed(String.valueOf(e.getMessage()));
            }
        }
    }
}
