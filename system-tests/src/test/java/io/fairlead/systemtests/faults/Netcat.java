package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.systemtests.nodes.BenchPorts;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A client that is not ours: `printf … | nc -N host port`, a process and a connection for each call, to the
/// gateways in turn.
final class Netcat implements Runnable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Calls calls;
    private final List<Map.Entry<String, String>> gateways;
    private final BooleanSupplier stopped;

    Netcat(Calls calls, List<Map.Entry<String, String>> gateways, BooleanSupplier stopped) {
        this.calls = calls;
        this.gateways = gateways;
        this.stopped = stopped;
    }

    @Override
    public void run() {
        for (int number = 0; !stopped.getAsBoolean(); number++) {
            Map.Entry<String, String> gateway = gateways.get(number % gateways.size());
            String id = "nc-" + number;
            calls.begin(id, "nc read", true, Optional.of(gateway.getKey()));
            try {
                ClientCall.End end = call(id, gateway.getValue());
                calls.end(id, end.outcome(), end.detail());
            } catch (IOException e) {
                calls.end(id, Outcome.FAILED, String.valueOf(e.getMessage()));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static ClientCall.End call(String id, String host) throws IOException {
        // It waits this long for a connection, and for each byte.
        String seconds = Long.toString(Calls.TIMEOUT.toSeconds() + 1);
        long began = System.nanoTime();
        Process nc = new ProcessBuilder("nc", "-v", "-N", "-w", seconds, host, Integer.toString(BenchPorts.LINE_READ))
                .start();
        try (var in = nc.getOutputStream()) {
            in.write((id + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            // It has ended already, and says below why.
        }
        String answer = new String(nc.getInputStream().readAllBytes(), UTF_8).strip();
        String said = new String(nc.getErrorStream().readAllBytes(), UTF_8).strip();
        if (!answer.isEmpty()) {
            return Dialogues.end(id, answer);
        }
        boolean connected = said.contains("succeeded");
        boolean late = System.nanoTime() - began > Calls.TIMEOUT.toNanos();
        Outcome outcome = !connected ? Outcome.NOT_SENT : late ? Outcome.DEADLINE : Outcome.CLOSED;
        return new ClientCall.End(outcome, System.nanoTime(), said);
    }
}
