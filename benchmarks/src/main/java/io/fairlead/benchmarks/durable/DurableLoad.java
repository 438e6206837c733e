package io.fairlead.benchmarks.durable;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Load on a peer in a closed loop: `window` messages are in flight, and the next is sent when one is acknowledged.
///
/// Threads: the peer's own, and this one, which begins and ends the measurement. Writes one JSON object with the
/// fields of the load generator in C.
///
///     DurableLoad --peer rabbitmq|nats|postgres --port P --window W --size BYTES --seconds S --warmup S --cpu-pid PID
///         --result FILE
final class DurableLoad {
    private DurableLoad() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        int size = number(options, "size");
        byte[] payload = new byte[size];
        for (int i = 0; i < size; i++) {
            payload[i] = (byte) (i * 31 + (i >> 8));
        }
        Peer peer = peer(option(options, "peer"), number(options, "port"));
        try {
            Files.writeString(Path.of(option(options, "result")), run(peer, options, payload), UTF_8);
        } finally {
            peer.close();
        }
    }

    private static String run(Peer peer, Map<String, String> options, byte[] payload) throws Exception {
        Measurement measurement = new Measurement();
        CountDownLatch ended = new CountDownLatch(1);
        int window = number(options, "window");
        Thread sending = Thread.ofPlatform().name("sender").start(() -> {
            try {
                peer.run(window, payload, measurement);
            } catch (Exception e) {
                measurement.failed(e);
            } finally {
                ended.countDown();
            }
        });
        long pid = number(options, "cpu-pid");
        boolean early = await(ended, option(options, "warmup"));
        CpuTime before = CpuTime.now(pid);
        long startNanos = System.nanoTime();
        measurement.begin();
        early |= await(ended, option(options, "seconds"));
        measurement.end();
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        CpuTime used = CpuTime.now(pid).since(before);
        sending.join();
        if (early) {
            throw new IllegalStateException("the load ended early, see above");
        }
        return String.format(
                Locale.ROOT,
                "{\"window\":%d,\"size\":%d,%s,\"cpuSeconds\":{\"%d\":%.2f},\"ownCpuSeconds\":%.2f,"
                        + "\"machineCpuSeconds\":%.2f}",
                window,
                payload.length,
                measurement.json(seconds),
                pid,
                used.peer(),
                used.own(),
                used.machine());
    }

    /// Waits so many seconds; true if the load has ended before.
    private static boolean await(CountDownLatch ended, String seconds) throws InterruptedException {
        return ended.await((long) (Double.parseDouble(seconds) * 1e9), TimeUnit.NANOSECONDS);
    }

    private static Peer peer(String name, int port) throws Exception {
        return switch (name) {
            case "rabbitmq" -> new RabbitPeer(port);
            case "nats" -> new NatsPeer(port);
            case "postgres" -> new PostgresPeer(port);
            default ->
                throw new IllegalArgumentException("--peer: " + name + " (expected: rabbitmq, nats or postgres)");
        };
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
        }
        return options;
    }

    private static String option(Map<String, String> options, String name) {
        String value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + ": missing");
        }
        return value;
    }

    private static int number(Map<String, String> options, String name) {
        return Integer.parseInt(option(options, name));
    }
}
