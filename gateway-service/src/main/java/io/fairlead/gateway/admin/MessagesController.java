package io.fairlead.gateway.admin;

import io.fairlead.admin.Audit;
import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.NotPossibleException;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.journal.MessageStore;
import io.fairlead.gateway.journal.MessageView;
import java.security.Principal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/// `/admin/messages`: durable messages, and what a person may do to one. What changes one leaves a line in the
/// [Audit].
@RestController
@RequestMapping("/admin/messages")
class MessagesController {
    private static final long WAIT_MILLIS = 10_000;
    private static final int MAX_PREVIEW_BYTES = 1024 * 1024;

    private final Deliveries deliveries;
    private final MessageStore store;
    private final MessageViews views;
    private final Audit audit;

    MessagesController(Deliveries deliveries, Audit audit) {
        this.deliveries = deliveries;
        this.store = deliveries.journal().store();
        this.views = new MessageViews(deliveries);
        this.audit = audit;
    }

    /// A page.
    ///
    /// @param before for the next page; null if this is the last one
    record Page(List<MessageViews.Line> messages, @Nullable Long before) {}

    /// What came of a wish.
    record Done(String id, long number, MessageState state, String detail) {}

    /// Messages, newest first.
    @GetMapping
    Page messages(
            @ModelAttribute MessageSelection selection,
            @RequestParam(defaultValue = "0") long before,
            @RequestParam(defaultValue = "100") int limit) {
        List<MessageViews.Line> lines = store.browse(selection.query(before, limit)).stream()
                .map(views::line)
                .toList();
        return new Page(lines, lines.size() < limit ? null : lines.getLast().number());
    }

    /// @param id the journal's name of it, or its number
    /// @param preview bytes of the payload that are shown
    @GetMapping("/{id}")
    MessageViews.Whole message(@PathVariable String id, @RequestParam(defaultValue = "4096") int preview) {
        return views.whole(find(id), Math.clamp(preview, 0, MAX_PREVIEW_BYTES));
    }

    /// Has a message that was set aside delivered again, as a new one.
    @PostMapping("/{id}/replay")
    @ResponseStatus(HttpStatus.CREATED)
    Done replay(@PathVariable String id) throws InterruptedException {
        MessageView view = audited("replay-message", id, () -> find(id));
        Message again = audited(
                "replay-message", id, () -> await(deliveries.interventions().replay(view)));
        audit.record("replay-message", id, "accepted as " + again.id());
        return new Done(views.name(again), again.id(), again.acceptedState(), "repeats message " + again.replayOf());
    }

    /// Ends a message that is in flight or was set aside.
    @PostMapping("/{id}/drop")
    Done drop(@PathVariable String id, Principal who) throws InterruptedException {
        MessageView view = audited("drop-message", id, () -> find(id));
        audited("drop-message", id, () -> await(deliveries.interventions().drop(view, who.getName())));
        MessageView now = store.find(view.message().id()).orElse(view);
        audit.record("drop-message", id, view.state() + " before, now " + now.state());
        return new Done(views.name(now.message()), now.message().id(), now.state(), now.reason());
    }

    private interface Step<T> {
        T take() throws InterruptedException;
    }

    /// What was wanted and not done is to be seen, too.
    private <T> T audited(String what, String id, Step<T> step) throws InterruptedException {
        try {
            return step.take();
        } catch (RuntimeException e) {
            audit.record(what, id, "not done: " + e.getMessage());
            throw e;
        }
    }

    private static <T> T await(CompletableFuture<T> wish) throws InterruptedException {
        try {
            return wish.get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ResponseStatusException(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "the journal has not written it within " + WAIT_MILLIS
                            + " ms; it will be, as soon as it works (GET /admin/books says why it does not)",
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NotPossibleException notPossible) {
                throw notPossible;
            }
            throw new IllegalStateException(e);
        }
    }

    private MessageView find(String id) {
        int dash = id.lastIndexOf('-');
        long number = -1;
        try {
            number = Long.parseLong(id.substring(dash + 1));
        } catch (NumberFormatException e) {
            // Said below.
        }
        boolean ofThisStore = dash < 0 || id.substring(0, dash).equals(store.id());
        if (number < 1 || !ofThisStore) {
            throw notFound(id, "a number, or " + store.id() + "-NUMBER: other names are of other journals");
        }
        return store.find(number)
                .orElseThrow(() -> notFound(id, "one that is kept; done ones are forgotten after a while"));
    }

    private static ResponseStatusException notFound(String id, String expected) {
        return new ResponseStatusException(HttpStatus.NOT_FOUND, "message: '" + id + "' (expected: " + expected + ")");
    }
}
