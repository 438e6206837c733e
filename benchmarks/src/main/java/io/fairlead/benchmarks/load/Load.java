package io.fairlead.benchmarks.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/// Runs a load on one of several peers and writes one JSON object with the fields of the load generator in C.
///
/// Threads: the peer's own, one that sends, and the caller's, which begins and ends the measurement.
///
///     --peer NAME --port P --window W [--rate PER_SECOND] --size BYTES --warmup S --seconds S --cpu-pid PID[,PID...]
///         --result FILE
public final class Load {
    private Load() {}

    /// @throws IllegalArgumentException if an argument is missing or no number, or there is no such peer
    /// @throws IllegalStateException if the load ended by itself
    public static void run(String[] args, Map<String, Peer.Connector> peers) throws Exception {
        LoadOptions options = LoadOptions.parse(args);
        Peer.Connector connector = peers.get(options.peer());
        if (connector == null) {
            throw new IllegalArgumentException(
                    "--peer: " + options.peer() + " (expected: one of " + peers.keySet() + ")");
        }
        byte[] payload = new byte[options.size()];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) (i * 31 + (i >> 8));
        }
        Peer peer = connector.connect(options.port());
        try {
            Files.writeString(
                    Path.of(options.result()),
                    JsonMapper.builder().build().writeValueAsString(run(peer, options, payload)),
                    UTF_8);
        } finally {
            peer.close();
        }
    }

    private static Map<String, Object> run(Peer peer, LoadOptions options, byte[] payload) throws Exception {
        Measurement measurement = new Measurement();
        CountDownLatch ended = new CountDownLatch(1);
        Thread sending = Thread.ofPlatform().name("sender").start(() -> {
            try {
                peer.run(options, payload, measurement);
            } catch (Exception e) {
                measurement.failed(e);
            } finally {
                ended.countDown();
            }
        });
        boolean early = await(ended, options.warmup());
        CpuTime before = CpuTime.now(options.cpuPids());
        long startNanos = System.nanoTime();
        measurement.begin();
        early |= await(ended, options.seconds());
        CpuTime used = CpuTime.now(options.cpuPids()).since(before); // while calls still count: reading takes a while
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        measurement.end();
        sending.join();
        if (early) {
            throw new IllegalStateException("the load ended early, see above");
        }
        Map<String, Object> figures = measurement.figures(seconds);
        figures.put("cpuSeconds", used.processes());
        figures.put("ownCpuSeconds", used.own());
        figures.put("machineCpuSeconds", used.machine());
        return figures;
    }

    /// Waits so many seconds; true if the load has ended before.
    private static boolean await(CountDownLatch ended, double seconds) throws InterruptedException {
        return ended.await((long) (seconds * 1e9), TimeUnit.NANOSECONDS);
    }
}
