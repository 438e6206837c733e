package io.fairlead.gateway.admin;

import io.fairlead.admin.Audit;
import io.fairlead.gateway.listener.ConnectionStatus;
import io.fairlead.gateway.listener.Drain;
import io.fairlead.gateway.listener.Listener;
import io.fairlead.gateway.listener.Listeners;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What an operator may do to this gateway: `POST /admin/connections/{id}/close` and `POST /admin/drain`. Each leaves a
/// line in the [Audit].
@RestController
@RequestMapping("/admin")
class AdminWrites {
    private static final long MAX_WAIT_MILLIS = 60_000;

    private final Listeners listeners;
    private final Audit audit;

    AdminWrites(Listeners listeners, Audit audit) {
        this.listeners = listeners;
        this.audit = audit;
    }

    /// @param closed whether it has ended; if not, it will, as soon as its calls in flight are answered
    record CloseView(String id, boolean closed, int inFlight, String detail) {}

    /// How far the gateway's own drain is.
    record DrainView(Drain.State state, int connections, int inFlight) {}

    /// Ends a connection between two messages with nothing in flight; 202 if that has not come in time, and it stays
    /// marked.
    ///
    /// @param force now, whatever is in flight
    /// @param waitMillis how long to wait for the moment, at most a minute
    @PostMapping("/connections/{id}/close")
    ResponseEntity<?> close(
            @PathVariable String id,
            @RequestParam(defaultValue = "false") boolean force,
            @RequestParam(defaultValue = "5000") long waitMillis)
            throws InterruptedException {
        String what = force ? "close-connection-now" : "close-connection";
        Optional<CompletableFuture<Void>> ending = listeners.all().stream()
                .flatMap(listener -> listener.close(id, force).stream())
                .findFirst();
        if (ending.isEmpty()) {
            audit.record(what, id, "no such connection");
            return ResponseEntity.of(ProblemDetail.forStatusAndDetail(
                            HttpStatus.NOT_FOUND,
                            "connection: '" + id + "' (expected: the id of an open one, see /admin/connections)"))
                    .build();
        }
        try {
            ending.get().get(Math.clamp(waitMillis, 0, MAX_WAIT_MILLIS), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            int inFlight = inFlight(id);
            audit.record(what, id, "will close: " + inFlight + " calls in flight");
            return ResponseEntity.accepted()
                    .body(new CloseView(
                            id,
                            false,
                            inFlight,
                            "closes when its calls in flight are answered; ?force=true closes it at once"));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        audit.record(what, id, "closed");
        return ResponseEntity.ok(new CloseView(id, true, 0, "closed"));
    }

    private int inFlight(String id) {
        return listeners.all().stream()
                .flatMap(listener -> listener.connections().stream())
                .filter(connection -> connection.id().equals(id))
                .mapToInt(ConnectionStatus::inFlight)
                .sum();
    }

    /// Begins to drain this gateway: readiness off, ports closed, connections ended one by one. The process stays until
    /// it is stopped; it does not serve again before it has been started anew.
    @PostMapping("/drain")
    ResponseEntity<DrainView> drain() {
        boolean begun = listeners.drain().start();
        audit.record("drain", "gateway", begun ? "begun" : "had begun before");
        return ResponseEntity.accepted().body(view());
    }

    /// How far the drain is.
    @GetMapping("/drain")
    DrainView view() {
        int connections = 0;
        int inFlight = 0;
        for (Listener listener : listeners.all()) {
            for (ConnectionStatus connection : listener.connections()) {
                connections++;
                inFlight += connection.inFlight();
            }
        }
        return new DrainView(listeners.drain().state(), connections, inFlight);
    }
}
