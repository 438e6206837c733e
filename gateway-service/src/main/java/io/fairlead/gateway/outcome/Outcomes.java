package io.fairlead.gateway.outcome;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageQuery;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.journal.MessageStore;
import io.fairlead.gateway.journal.MessageView;
import io.fairlead.gateway.journal.StoreException;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.outcome.OutcomeApi;
import io.fairlead.link.outcome.OutcomeState;
import io.fairlead.wire.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Finds out what became of a key. Blocks; thread-safe.
@Component
public final class Outcomes {
    /// Questions to workers that one call may cost.
    public static final int MAX_QUESTIONS = 64;

    /// As many as a worker takes at a time, so that one call does not have others refused.
    private static final int AT_A_TIME = 8;

    private static final int MAX_MESSAGES = 100;

    private final Deliveries deliveries;
    private final Upstreams upstreams;

    /// @param deliveries whose journal is asked
    /// @param upstreams the workers that are asked
    public Outcomes(Deliveries deliveries, Upstreams upstreams) {
        this.deliveries = deliveries;
        this.upstreams = upstreams;
    }

    private record Asked(String service, String identity, CompletableFuture<byte[]> answer) {}

    /// The outcome of a client's own key.
    public Finding one(String service, String identity, String key, Duration timeout) {
        return find(key, service, Set.of(identity), timeout).getFirst();
    }

    /// All that is known of a key, what weighs most first. Never empty where a service is named.
    ///
    /// @param service null = of all services that messages went to, and that keep keys now
    /// @param identities whose key it may be; at most [#MAX_QUESTIONS] of them and services are asked for
    public List<Finding> find(String key, @Nullable String service, Collection<String> identities, Duration timeout) {
        List<Finding> found = new ArrayList<>(inJournal(key, service, identities));
        found.addAll(inInboxes(key, service, identities, timeout));
        found.sort(Comparator.comparingInt(Outcomes::rank));
        boolean knowsSome = found.stream().anyMatch(finding -> finding.state() != OutcomeState.NEVER_SEEN);
        if (knowsSome) {
            found.removeIf(finding -> finding.state() == OutcomeState.NEVER_SEEN);
        }
        return found;
    }

    /// What comes first where several things are known of one key: an effect is an effect, whatever else was
    /// tried; and that nobody could tell says less than what somebody told.
    private static int rank(Finding finding) {
        return switch (finding.state()) {
            case DONE -> 0;
            case RUNNING -> 1;
            case UNKNOWN -> finding.method() == null ? 4 : 2;
            case DEAD -> 3;
            case NEVER_SEEN -> 5;
        };
    }

    // The journal.

    private List<Finding> inJournal(String key, @Nullable String service, Collection<String> identities) {
        MessageStore store = deliveries.journal().store();
        try {
            return store.browse(new MessageQuery(Set.of(), service, null, key, 0, MAX_MESSAGES)).stream()
                    .map(this::finding)
                    .filter(finding -> identities.contains(finding.identity()))
                    .toList();
        } catch (StoreException e) {
            return List.of(new Finding(
                    OutcomeState.UNKNOWN,
                    Finding.JOURNAL,
                    service == null ? "" : service,
                    null,
                    "",
                    null,
                    null,
                    0,
                    "the journal cannot be read: " + e.getMessage(),
                    null,
                    0));
        }
    }

    private Finding finding(MessageView view) {
        Message message = view.message();
        return new Finding(
                state(view.state()),
                Finding.JOURNAL,
                message.binding().route().service(),
                message.binding().route().method(),
                identity(message),
                message.binding().listener(),
                deliveries.messageId(message),
                message.attempts(),
                view.state() == MessageState.DONE
                        ? ""
                        : view.state() + (view.reason().isEmpty() ? "" : ": " + view.reason()),
                null,
                view.endedMillis() == 0 ? message.acceptedMillis() : view.endedMillis());
    }

    private static String identity(Message message) {
        try {
            return message.identity();
        } catch (ProtocolException e) {
            // Damaged: whose it was went with it.
            return message.binding().listener();
        }
    }

    private static OutcomeState state(MessageState state) {
        return switch (state) {
            case READY, DELAYED -> OutcomeState.RUNNING;
            case DONE -> OutcomeState.DONE;
            case DEAD, QUARANTINED, EXPIRED, DROPPED, DAMAGED -> OutcomeState.DEAD;
        };
    }

    // The workers.

    private List<Finding> inInboxes(
            String key, @Nullable String service, Collection<String> identities, Duration timeout) {
        Set<String> keyed = upstreams.keyedServices();
        if (service != null && !keyed.contains(service)) {
            String why = "no instance offers a method of '" + service + "' that keeps keys, at the moment";
            return identities.stream()
                    .map(identity -> Finding.ofInbox(OutcomeState.UNKNOWN, service, identity, why))
                    .toList();
        }
        List<Asked> questions = new ArrayList<>();
        List<Finding> found = new ArrayList<>();
        for (String each : service == null ? keyed : Set.of(service)) {
            for (String identity : identities) {
                if (questions.size() + found.size() >= MAX_QUESTIONS) {
                    found.add(Finding.ofInbox(
                            OutcomeState.UNKNOWN,
                            each,
                            identity,
                            "not asked (at most " + MAX_QUESTIONS + " questions): name service and identity"));
                    return found;
                }
                questions.add(ask(each, identity, key, timeout));
                if (questions.size() == AT_A_TIME) {
                    questions.forEach(question -> found.add(answer(question, timeout)));
                    questions.clear();
                }
            }
        }
        questions.forEach(question -> found.add(answer(question, timeout)));
        return found;
    }

    private Asked ask(String service, String identity, String key, Duration timeout) {
        byte[] question = DiscoveryJson.write(new OutcomeApi.Question(service, identity, key));
        return new Asked(service, identity, upstreams.askKeeper(service, OutcomeApi.WORKER, question, timeout));
    }

    private static Finding answer(Asked asked, Duration timeout) {
        try {
            byte[] answer = asked.answer()
                    // The call's own deadline comes first; a loop that has ended answers nothing.
                    .orTimeout(timeout.toMillis() + 1_000, TimeUnit.MILLISECONDS)
                    .join();
            OutcomeApi.FromInbox said = DiscoveryJson.read(answer, OutcomeApi.FromInbox.class);
            String reply = said.replyBase64();
            return new Finding(
                    said.state(),
                    Finding.INBOX,
                    asked.service(),
                    said.method(),
                    asked.identity(),
                    null,
                    null,
                    0,
                    reason(said.state()),
                    said.state() == OutcomeState.DONE && reply != null
                            ? Base64.getDecoder().decode(reply)
                            : null,
                    said.atMillis());
        } catch (CompletionException | IllegalArgumentException e) {
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            return Finding.ofInbox(
                    OutcomeState.UNKNOWN,
                    asked.service(),
                    asked.identity(),
                    "no worker could tell: " + cause.getMessage());
        }
    }

    private static String reason(OutcomeState state) {
        return switch (state) {
            case RUNNING -> "a handler runs";
            case UNKNOWN ->
                "an effect outside the database was begun, and may have been; the application's reconcile decides";
            case NEVER_SEEN -> "neither the journal of this gateway nor the inbox has it";
            case DONE, DEAD -> "";
        };
    }
}
