package io.fairlead.link.outcome;

import io.fairlead.wire.Route;
import org.jspecify.annotations.Nullable;

/// The routes by which the outcome of a key is asked for, and their payloads, which
/// [io.fairlead.link.discovery.DiscoveryJson] reads and writes.
public final class OutcomeApi {
    /// Asks a worker of its inbox: takes a [Question], answers a [FromInbox].
    public static final Route WORKER = Route.parse("fairlead.worker/outcome");

    /// Asks a gateway, of its journal and of the workers' inbox: takes a [Question] without identity, which is
    /// the client's own, answers an [Answer].
    public static final Route GATEWAY = Route.parse("fairlead.gateway/outcome");

    private OutcomeApi() {}

    /// Whose key it is.
    ///
    /// @param service that the call or message went to
    /// @param identity of the client; null in questions to gateways
    public record Question(String service, @Nullable String identity, String key) {
        /// @throws IllegalArgumentException if service or key is missing
        public Question {
            required("service", service);
            required("key", key);
        }
    }

    /// What a worker's inbox knows.
    ///
    /// @param state of [OutcomeState], never DEAD
    /// @param method null unless the key is kept
    /// @param replyBase64 null or empty unless done
    /// @param atMillis when it was done or started, wall clock; 0 if it is not kept
    public record FromInbox(
            OutcomeState state,
            @Nullable String method,
            @Nullable String replyBase64,
            long atMillis) {
        /// @throws IllegalArgumentException if the state is missing
        public FromInbox {
            required("state", state);
        }
    }

    /// What a gateway knows.
    ///
    /// @param reason for people; null if there is nothing to tell
    /// @param messageId null if it was no durable message
    /// @param replyBase64 null unless it is done and has a reply
    /// @param atMillis since when it is so, wall clock; 0 = not known
    public record Answer(
            OutcomeState state,
            @Nullable String reason,
            @Nullable String messageId,
            @Nullable String replyBase64,
            long atMillis) {
        /// @throws IllegalArgumentException if the state is missing
        public Answer {
            required("state", state);
        }
    }

    private static void required(String name, @Nullable Object value) {
        if (value == null || value.equals("")) {
            throw new IllegalArgumentException(name + ": none (expected: one)");
        }
    }
}
