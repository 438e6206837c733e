package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Import;

/// A worker whose latency the tests decide by what they send: an application with the starter and nothing else.
///
/// It scans nothing: other workers of these tests lie below its package.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
@Import(RendezvousWorker.Rendezvous.class)
public class RendezvousWorker {
    /// How many ISO 8583 messages have to be there before the first is answered.
    static final int CARDS = 8;

    /// @param args Spring's properties
    public static void main(String[] args) {
        SpringApplication.run(RendezvousWorker.class, args);
    }

    @FairleadService("rendezvous")
    static class Rendezvous {
        private final Map<String, List<Waiting>> groups = new ConcurrentHashMap<>();

        private record Waiting(CompletableFuture<byte[]> reply, byte[] payload) {}

        /// A text `group size rest` is answered with itself when as many of its group are there, the greatest
        /// text first.
        @Call
        CompletableFuture<byte[]> meet(byte[] payload) {
            String[] words = new String(payload, US_ASCII).split(" ", 3);
            return join(words[0], Integer.parseInt(words[1]), payload);
        }

        /// An ISO 8583 request is answered with its response when [#CARDS] are there, the highest
        /// trace number first.
        @Call
        CompletableFuture<byte[]> authorize(byte[] request) {
            byte[] response = request.clone();
            response[2] += 1; // 0100 -> 0110
            return join("cards", CARDS, response);
        }

        /// A text `millis rest` is answered with itself after that time.
        @Call
        CompletableFuture<byte[]> late(byte[] payload) {
            long millis = Long.parseLong(new String(payload, US_ASCII).split(" ", 2)[0]);
            return CompletableFuture.supplyAsync(
                    () -> payload, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
        }

        @Call
        CompletableFuture<byte[]> never(byte[] payload) {
            return new CompletableFuture<>();
        }

        @Call
        byte[] fail(byte[] payload) {
            throw new IllegalStateException("a handler that fails");
        }

        private CompletableFuture<byte[]> join(String group, int size, byte[] reply) {
            CompletableFuture<byte[]> future = new CompletableFuture<>();
            List<Waiting> waiting = groups.computeIfAbsent(group, key -> new ArrayList<>());
            synchronized (waiting) {
                waiting.add(new Waiting(future, reply));
                if (waiting.size() < size) {
                    return future;
                }
            }
            groups.remove(group);
            // The reply of whoever came last leaves last, when its future has been returned, too.
            waiting.sort(Comparator.comparing(Waiting::payload, Arrays::compare).reversed());
            waiting.forEach(each -> each.reply().complete(each.payload()));
            return future;
        }
    }
}
