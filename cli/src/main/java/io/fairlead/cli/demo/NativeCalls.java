package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Status;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/// A thread of an application that calls through the native client, one call after the other.
final class NativeCalls implements Runnable {
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
            long startNanos = System.nanoTime();
            try {
                byte[] reply = client.call("echo/echo", payload);
                if (Arrays.equals(reply, payload)) {
                    tally.answered(System.nanoTime() - startNanos);
                } else {
                    tally.wrong(new String(payload, UTF_8) + " was answered " + new String(reply, UTF_8));
                }
            } catch (CallException e) {
                if (e.status() == Status.UNKNOWN) {
                    tally.unknown();
                }
                tally.failed(String.valueOf(e.getMessage()));
            }
        }
    }
}
