package io.fairlead.starter.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.link.call.IncomingCall;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.inbox.KeyOutcome;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Tells gateways what became of a key. Each question has a virtual thread.
final class Outcomes {
    static final Route ROUTE = Route.parse("fairlead.worker/outcome");

    private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

    private static final int MAX_AT_A_TIME = 16;
    private static final Metadata JSON = Metadata.of(Map.of(Metadata.CONTENT_TYPE, "application/json"));

    private final Inbox inbox;
    private final JsonMapper mapper = JsonMapper.builder().build();
    private final Semaphore places = new Semaphore(MAX_AT_A_TIME);

    Outcomes(Inbox inbox) {
        this.inbox = inbox;
    }

    /// @param identity of the client; null or empty = none
    private record Question(
            @Nullable String service,
            @Nullable String identity,
            @Nullable String key) {}

    /// @param replyBase64 empty unless done
    private record Told(String state, @Nullable String method, String replyBase64, long atMillis) {
        static Told of(KeyOutcome outcome) {
            byte[] reply =
                    outcome.reply() == null ? new byte[0] : outcome.reply().payload();
            return new Told(
                    outcome.state().name(),
                    outcome.method(),
                    Base64.getEncoder().encodeToString(reply),
                    outcome.atMillis());
        }
    }

    /// On the link's loop.
    void ask(IncomingCall call) {
        if (!places.tryAcquire()) {
            call.refuse(
                    Status.RESOURCE_EXHAUSTED, "questions at a time: " + MAX_AT_A_TIME + ", the limit", Duration.ZERO);
            return;
        }
        Thread.ofVirtual().name(ROUTE.toString()).start(() -> {
            try {
                answer(call);
            } finally {
                places.release();
            }
        });
    }

    private void answer(IncomingCall call) {
        try {
            Question question = mapper.readValue(call.payload(), Question.class);
            if (question.service() == null || question.key() == null) {
                call.fail(Status.INVALID_ARGUMENT, "question: lacks service or key (expected: both, and identity)");
                return;
            }
            KeyOutcome outcome = inbox.outcome(question.service(), question.identity(), question.key());
            call.reply(JSON, mapper.writeValueAsString(Told.of(outcome)).getBytes(UTF_8));
        } catch (JacksonException e) {
            call.fail(Status.INVALID_ARGUMENT, "question: is not JSON with service, identity and key");
        } catch (FairleadException e) {
            call.fail(e.status(), String.valueOf(e.getMessage()));
        } catch (Throwable e) {
            log.warn("The outcome of a key could not be found out", e);
            call.fail(Status.UNAVAILABLE, "the inbox's database cannot be asked");
        }
    }
}
