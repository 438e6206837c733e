package io.fairlead.gateway.admin;

import io.fairlead.gateway.listener.Listener;
import io.fairlead.gateway.listener.Listeners;
import io.fairlead.gateway.outcome.Finding;
import io.fairlead.gateway.outcome.Outcomes;
import io.fairlead.link.outcome.OutcomeState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `GET /admin/outcome`: what is known of a key, what weighs most first.
@RestController
@RequestMapping("/admin/outcome")
class OutcomeController {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_REPLY_BYTES = 64 * 1024;

    private final Outcomes outcomes;
    private final Listeners listeners;

    OutcomeController(Outcomes outcomes, Listeners listeners) {
        this.outcomes = outcomes;
        this.listeners = listeners;
    }

    /// See [Finding].
    record OutcomeView(
            OutcomeState state,
            String source,
            String service,
            @Nullable String method,
            String identity,
            @Nullable String listener,
            @Nullable String messageId,
            int attempts,
            String reason,
            @Nullable String reply,
            @Nullable String replyBase64,
            @Nullable Instant at) {
        static OutcomeView of(Finding finding) {
            byte[] bytes = finding.reply();
            PayloadText reply = bytes == null ? null : PayloadText.of(bytes, MAX_REPLY_BYTES);
            return new OutcomeView(
                    finding.state(),
                    finding.source(),
                    finding.service(),
                    finding.method(),
                    finding.identity(),
                    finding.listener(),
                    finding.messageId(),
                    finding.attempts(),
                    finding.reason(),
                    reply == null ? null : reply.text(),
                    reply == null ? null : reply.base64(),
                    finding.atMillis() == 0 ? null : Instant.ofEpochMilli(finding.atMillis()));
        }
    }

    /// @param service none = all that are known
    /// @param identity none = those of all listeners
    @GetMapping
    List<OutcomeView> outcome(
            @RequestParam String key,
            @RequestParam(required = false) @Nullable String service,
            @RequestParam(required = false) @Nullable String identity) {
        Set<String> identities = new TreeSet<>();
        if (identity == null) {
            listeners.all().stream().map(Listener::name).forEach(identities::add);
        } else {
            identities.add(identity);
        }
        return outcomes.find(key, service, identities, TIMEOUT).stream()
                .map(OutcomeView::of)
                .toList();
    }
}
