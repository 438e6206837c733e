package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextRefreshedEvent;

/// A worker that writes down each run of a handler before it does anything else: an application with the
/// starter and nothing else. Every reply names the worker.
@SpringBootApplication(proxyBeanMethods = false, exclude = DataSourceAutoConfiguration.class)
public class LedgerWorker {
    /// So that some calls are in progress whenever a fault comes.
    private static final long WORK_MILLIS = 40;

    /// @param args Spring's properties; `ledger.journal` names the file
    public static void main(String[] args) {
        SpringApplication.run(LedgerWorker.class, args);
    }

    @Bean
    Runs runs(@Value("${ledger.journal}") Path journal, @Value("${fairlead.name}") String worker) {
        return new Runs(new Journal(journal), worker);
    }

    /// It has begun to register by then.
    @Bean
    ApplicationListener<ContextRefreshedEvent> joined(Runs runs) {
        return event -> runs.journal().write("up", runs.worker(), System.nanoTime());
    }

    record Runs(Journal journal, String worker) {
        void add(String id) {
            journal.write("ran", id, worker, System.nanoTime());
        }

        CompletableFuture<byte[]> later(Supplier<byte[]> reply) {
            return CompletableFuture.supplyAsync(
                    reply, CompletableFuture.delayedExecutor(WORK_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    /// Texts whose first word is the call's id; the reply is the text and the worker's name.
    @FairleadService("ledger")
    static class Ledger {
        private final Runs runs;

        Ledger(Runs runs) {
            this.runs = runs;
        }

        @Call(idempotent = true)
        String read(String text) {
            return answer(text);
        }

        @Call
        CompletableFuture<byte[]> apply(String text) {
            String reply = answer(text);
            return runs.later(() -> reply.getBytes(UTF_8));
        }

        private String answer(String text) {
            runs.add(text.split(" ", 2)[0]);
            return text + " " + runs.worker();
        }
    }

    /// ISO 8583 authorizations.
    @FairleadService("cards")
    static class Cards {
        private final Runs runs;

        Cards(Runs runs) {
            this.runs = runs;
        }

        @Call
        CompletableFuture<byte[]> authorize(byte[] request) {
            runs.add(CardMessage.id(request));
            return runs.later(() -> CardMessage.approval(request));
        }
    }
}
