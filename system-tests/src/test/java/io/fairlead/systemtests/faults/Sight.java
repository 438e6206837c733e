package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;

/// Watches how gateways see one worker, by asking each of them every 15 ms: the figures are that coarse.
final class Sight {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(15);

    private final Fleet fleet;
    private final String worker;
    private final Map<String, Long> epochs = new HashMap<>();

    /// Remembers which epoch of the worker each gateway has.
    Sight(Fleet fleet, String worker) {
        this.fleet = fleet;
        this.worker = worker;
        Fleet.gatewayNames()
                .forEach(gateway -> epochs.put(
                        gateway,
                        await(gateway + " answers")
                                .until(() -> epoch(gateway), OptionalLong::isPresent)
                                .getAsLong()));
    }

    /// When the last of these gateways no longer chose the incarnation that it had at first, as time after
    /// `onsetNanos`; empty if one had not within the limit.
    CompletableFuture<OptionalLong> lost(Collection<String> gateways, long onsetNanos, long limitNanos) {
        return all(gateways, onsetNanos, limitNanos, (gateway, epoch) -> !epoch.equals(epochs.get(gateway)));
    }

    /// When the last gateway had a link to a later incarnation, as time after it began to register.
    OptionalLong joined(long limitNanos) {
        CompletableFuture<OptionalLong> at =
                all(Fleet.gatewayNames(), 0, limitNanos, (gateway, epoch) -> epoch > epochs.getOrDefault(gateway, 0L));
        OptionalLong seen = at.join();
        OptionalLong up = lastUp();
        return seen.isPresent() && up.isPresent()
                ? OptionalLong.of(Math.max(0, seen.getAsLong() - up.getAsLong()))
                : OptionalLong.empty();
    }

    private OptionalLong lastUp() {
        try {
            return Files.readString(fleet.journal(worker), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("up\t"))
                    .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf('\t') + 1)))
                    .max();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// 0 while the gateway does not choose the worker; empty if it does not answer.
    private OptionalLong epoch(String gateway) {
        try {
            return OptionalLong.of(fleet.view(gateway).usable().getOrDefault(worker, 0L));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private CompletableFuture<OptionalLong> all(
            Collection<String> gateways, long onsetNanos, long limitNanos, BiPredicate<String, Long> condition) {
        long end = System.nanoTime() + limitNanos;
        List<CompletableFuture<OptionalLong>> each = gateways.stream()
                .map(gateway -> CompletableFuture.supplyAsync(
                        () -> first(gateway, onsetNanos, end, condition), Executors.newVirtualThreadPerTaskExecutor()))
                .toList();
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                .thenApply(done -> each.stream()
                        .map(CompletableFuture::join)
                        .reduce((a, b) -> a.isPresent() && b.isPresent()
                                ? OptionalLong.of(Math.max(a.getAsLong(), b.getAsLong()))
                                : OptionalLong.empty())
                        .orElse(OptionalLong.empty()));
    }

    private OptionalLong first(String gateway, long onsetNanos, long endNanos, BiPredicate<String, Long> condition) {
        while (System.nanoTime() - endNanos < 0) {
            OptionalLong epoch = epoch(gateway);
            if (epoch.isPresent() && condition.test(gateway, epoch.getAsLong())) {
                return OptionalLong.of(System.nanoTime() - onsetNanos);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return OptionalLong.empty();
    }
}
