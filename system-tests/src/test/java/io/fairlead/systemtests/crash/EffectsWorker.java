package io.fairlead.systemtests.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.starter.Call;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;
import java.util.UUID;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

/// A worker whose every effect is a row of the table that [EffectTable] makes: an application with the starter
/// and a database, and nothing else.
@SpringBootApplication(proxyBeanMethods = false)
public class EffectsWorker {
    /// @param args Spring's properties
    public static void main(String[] args) {
        SpringApplication.run(EffectsWorker.class, args);
    }

    @Bean
    Effects effects(JdbcClient database, @Value("${fairlead.name}") String worker) {
        return new Effects(database, worker);
    }

    /// Writes in the transaction of whoever calls.
    record Effects(JdbcClient database, String worker) {
        void add(String producer, int number, String orderingKey, int attempt, String answer) {
            database.sql("insert into effects (producer, number, ordering_key, worker, attempt, answer)"
                            + " values (?, ?, ?, ?, ?, ?)")
                    .params(producer, number, orderingKey, worker, attempt, answer)
                    .update();
        }
    }

    /// Texts `producer number key`, and HL7.
    @FairleadService("crash")
    static class Notes {
        private final Effects effects;

        Notes(Effects effects) {
            this.effects = effects;
        }

        @Receive
        void note(byte[] payload, CallContext context) {
            String[] words = new String(payload, UTF_8).split(" ", 3);
            effects.add(words[0], Integer.parseInt(words[1]), words[2].strip(), context.attempt(), "");
        }

        /// The answer is another one each time the method runs.
        @Call(once = true)
        String apply(byte[] payload, CallContext context) {
            String[] words = new String(payload, UTF_8).split(" ", 3);
            String answer = effects.worker() + " " + UUID.randomUUID();
            effects.add(words[0], Integer.parseInt(words[1]), words[2], context.attempt(), answer);
            return answer;
        }

        @Receive
        void admit(byte[] payload, CallContext context) {
            String text = new String(payload, US_ASCII);
            String id = text.split("\r", 2)[0].split("\\|", -1)[9];
            int dash = id.lastIndexOf('-');
            String patient = text.substring(text.indexOf("PID|")).split("\\|", -1)[3];
            effects.add(
                    id.substring(0, dash), Integer.parseInt(id.substring(dash + 1)), patient, context.attempt(), "");
        }
    }

    /// ISO 8583. A service of its own, for a repeat has another message type and so another payload.
    @FairleadService("crash-cards")
    static class Cards {
        private final Effects effects;

        Cards(Effects effects) {
            this.effects = effects;
        }

        @Receive
        void advise(byte[] payload, CallContext context) {
            AdviceMessage advice = AdviceMessage.parse(payload);
            effects.add(advice.producer(), advice.number(), advice.orderingKey(), context.attempt(), "");
        }
    }
}
