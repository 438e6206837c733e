package io.fairlead.gateway.admin;

import io.fairlead.admin.Audit;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/// `/admin/messages/replay`: has many messages delivered again.
@RestController
@RequestMapping("/admin/messages/replay")
class ReplayController {
    private static final int MAX_LIMIT = 1_000_000;
    private static final int MAX_PER_SECOND = 100_000;
    private static final String WHAT = "replay-messages";

    private final Replays replays;
    private final Audit audit;

    ReplayController(Replays replays, Audit audit) {
        this.replays = replays;
        this.audit = audit;
    }

    /// Begins; how far it is: GET.
    ///
    /// @param limit most messages, the newest ones; of these the oldest one goes first
    @PostMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    Replays.Progress start(
            @ModelAttribute MessageSelection selection,
            @RequestParam(defaultValue = "1000") int limit,
            @RequestParam(defaultValue = "100") int perSecond) {
        require(Replays.areSetAside(selection), "state", selection.told(), "of dead, quarantined, expired");
        require(limit >= 1 && limit <= MAX_LIMIT, "limit", limit, "1 to " + MAX_LIMIT);
        require(perSecond >= 1 && perSecond <= MAX_PER_SECOND, "perSecond", perSecond, "1 to " + MAX_PER_SECOND);
        SecurityContext who = SecurityContextHolder.getContext();
        String what = selection.told() + " limit=" + limit + " perSecond=" + perSecond;
        // Before it begins, so that the lines are in their order.
        audit.record(WHAT, what, "asked for");
        return replays.start(selection, limit, perSecond, ended -> recordAs(who, what, ended))
                .orElseThrow(() -> {
                    audit.record(WHAT, what, "not done: one runs already");
                    return new ResponseStatusException(
                            HttpStatus.CONFLICT,
                            "a replay runs already: GET /admin/messages/replay shows it, DELETE ends it");
                });
    }

    private void recordAs(SecurityContext who, String what, Replays.Progress ended) {
        SecurityContextHolder.setContext(who);
        try {
            audit.record(
                    WHAT,
                    what,
                    ended.state() + ": " + ended.replayed() + " replayed, " + ended.skipped() + " skipped, "
                            + ended.refused() + " refused");
        } finally {
            SecurityContextHolder.clearContext();
        }
    }

    @GetMapping
    Replays.Progress progress() {
        return replays.progress()
                .orElseThrow(() -> new ResponseStatusException(
                        HttpStatus.NOT_FOUND, "no replay has been asked for since the start"));
    }

    /// Ends the one that runs.
    @DeleteMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    Replays.Progress cancel() {
        boolean ran = replays.cancel();
        audit.record("cancel-replay", "messages", ran ? "will end" : "none runs");
        return progress();
    }

    private static void require(boolean ok, String name, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
