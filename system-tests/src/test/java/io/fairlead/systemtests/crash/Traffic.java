package io.fairlead.systemtests.crash;

import io.fairlead.client.FairleadClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// All producers of a run: native messages and calls, HL7, ISO 8583.
final class Traffic implements AutoCloseable {
    private static final int FOREIGN_CLIENTS = 48;
    private static final int CALL_KEYS = 32;
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(300);

    private final Pace pace;
    private final Map<String, Producer> producers = new LinkedHashMap<>();

    /// @param folder for histories
    /// @param gateways addresses
    /// @param shared whether a client may leave the choice of the gateway to its library, because an order
    ///     holds across all of them
    Traffic(Path folder, List<String> gateways, boolean shared, int perSecond, int keys) {
        pace = new Pace(perSecond);
        for (int i = 0; i < 2; i++) {
            String name = "native" + i;
            producers.put(
                    name,
                    new NativeProducer(
                            name,
                            NativeProducer.Kind.MESSAGE,
                            keys,
                            new SendLog(folder, name),
                            pace,
                            clients(name, gateways, shared && i == 0),
                            i));
            String caller = "calls" + i;
            producers.put(
                    caller,
                    new NativeProducer(
                            caller,
                            NativeProducer.Kind.CALL,
                            Math.min(keys, CALL_KEYS),
                            new SendLog(folder, caller),
                            pace,
                            clients(caller, gateways, i == 0),
                            i));
        }
        foreign("wards", new Dialogue.Hl7(), folder, gateways, keys);
        foreign("cards", new Dialogue.Advices(), folder, gateways, keys);
    }

    private void foreign(String name, Dialogue dialogue, Path folder, List<String> gateways, int keys) {
        producers.put(
                name,
                new ForeignProducer(
                        name,
                        dialogue,
                        keys,
                        new SendLog(folder, name),
                        pace,
                        gateways,
                        Math.min(keys, FOREIGN_CLIENTS)));
    }

    private static List<FairleadClient> clients(String name, List<String> gateways, boolean together) {
        List<List<String>> choices =
                together ? List.of(gateways) : gateways.stream().map(List::of).toList();
        List<FairleadClient> clients = new ArrayList<>();
        for (List<String> choice : choices) {
            clients.add(FairleadClient.builder()
                    .name(name)
                    .addresses(choice.stream()
                            .map(address -> address + ":" + CrashPorts.NATIVE)
                            .toList())
                    .maxInFlight(10_000)
                    .build());
        }
        return clients;
    }

    void start() {
        producers.values().forEach(Producer::start);
    }

    /// Lets nothing new begin while the fleet has too much to do.
    void hold(boolean value) {
        pace.close(value);
    }

    long acknowledged() {
        return producers.values().stream().mapToLong(Producer::acknowledged).sum();
    }

    Map<String, Long> acknowledgedBy() {
        Map<String, Long> counts = new LinkedHashMap<>();
        producers.forEach((name, producer) -> counts.put(name, producer.acknowledged()));
        return counts;
    }

    /// Lets it go on for so long.
    void goOn(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    /// Lets it go on until so many more are acknowledged.
    ///
    /// @throws IllegalStateException if none is for a long time
    void goOnUntil(long more) {
        long goal = acknowledged() + more;
        long last = acknowledged();
        long lastNanos = System.nanoTime();
        for (long now = last; now < goal; now = acknowledged()) {
            if (now > last) {
                last = now;
                lastNanos = System.nanoTime();
            } else if (System.nanoTime() - lastNanos > SILENCE_LIMIT.toNanos()) {
                throw new IllegalStateException(
                        "acknowledged: " + now + " (expected: " + goal + "): none came for " + SILENCE_LIMIT);
            }
            goOn(20);
        }
    }

    /// Begins nothing new and waits until all is acknowledged, at most so long.
    ///
    /// @return what is not
    int finish(Duration limit) {
        producers.values().forEach(Producer::stop);
        pace.close(false);
        long end = System.nanoTime() + limit.toNanos();
        int outstanding = outstanding();
        while (outstanding > 0 && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            outstanding = outstanding();
        }
        return outstanding;
    }

    private int outstanding() {
        return producers.values().stream().mapToInt(Producer::outstanding).sum();
    }

    @Override
    public void close() {
        producers.values().forEach(Producer::close);
        pace.close();
    }
}
