package io.fairlead.gateway.listener;

import io.fairlead.gateway.outcome.Finding;
import io.fairlead.gateway.outcome.Outcomes;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.outcome.OutcomeApi;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers the clients of one listener who ask what became of their keys. Each question has a virtual thread,
/// because the journal and the workers are asked; a client hears of its own identity's keys alone. Thread-safe.
final class OutcomeQuestions {
    private static final Logger log = LoggerFactory.getLogger(OutcomeQuestions.class);
    private static final int MAX_AT_A_TIME = 64;

    private final Outcomes outcomes;
    private final byte[] route = OutcomeApi.GATEWAY.toBytes();
    private final Semaphore places = new Semaphore(MAX_AT_A_TIME);

    OutcomeQuestions(Outcomes outcomes) {
        this.outcomes = outcomes;
    }

    /// Who asked; called on its loop, once.
    interface Asker {
        /// @param json an [OutcomeApi.Answer]
        void answered(byte[] json);

        void failed(Status status, boolean certainlyNotRun, String why);
    }

    /// Whether these bytes are the route of such questions.
    boolean isRoute(ByteBuf buf, int index, int length) {
        if (length != route.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (buf.getByte(index + i) != route[i]) {
                return false;
            }
        }
        return true;
    }

    /// Takes a question.
    ///
    /// @param payload an [OutcomeApi.Question]
    /// @param identity of the client
    void ask(byte[] payload, String identity, Duration timeout, EventLoop loop, Asker asker) {
        OutcomeApi.Question question;
        try {
            question = DiscoveryJson.read(payload, OutcomeApi.Question.class);
        } catch (IllegalArgumentException e) {
            asker.failed(Status.INVALID_ARGUMENT, true, String.valueOf(e.getMessage()));
            return;
        }
        if (!places.tryAcquire()) {
            asker.failed(
                    Status.RESOURCE_EXHAUSTED,
                    true,
                    "questions at a time: " + MAX_AT_A_TIME + ", the limit of a listener");
            return;
        }
        Thread.ofVirtual().name("outcome").start(() -> {
            try {
                answer(question, identity, timeout, loop, asker);
            } finally {
                places.release();
            }
        });
    }

    private void answer(OutcomeApi.Question question, String identity, Duration timeout, EventLoop loop, Asker asker) {
        Runnable then;
        try {
            byte[] json =
                    DiscoveryJson.write(answer(outcomes.one(question.service(), identity, question.key(), timeout)));
            then = () -> asker.answered(json);
        } catch (RuntimeException e) {
            log.error("The outcome of a key of {} cannot be told", question.service(), e);
            then = () -> asker.failed(Status.INTERNAL, false, "the outcome cannot be told: " + e.getMessage());
        }
        try {
            loop.execute(then);
        } catch (RejectedExecutionException e) {
            log.debug("Who asked has gone with its loop", e);
        }
    }

    private static OutcomeApi.Answer answer(Finding finding) {
        byte[] reply = finding.reply();
        return new OutcomeApi.Answer(
                finding.state(),
                finding.reason().isEmpty() ? null : finding.reason(),
                finding.messageId(),
                reply == null ? null : Base64.getEncoder().encodeToString(reply),
                finding.atMillis());
    }
}
