package io.fairlead.registry.admin;

import io.fairlead.admin.Audit;
import io.fairlead.link.discovery.Wish;
import io.fairlead.registry.RegistryServer;
import io.fairlead.registry.lease.Lease;
import io.fairlead.registry.wish.WishOutcome;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What an admin may want of an instance: `POST /admin/instances/{name}/drain`, `/resume` and `/weight`.
///
/// The wish is passed on over the instance's own link; 200 says that the instance has confirmed it, 202 that it
/// was told and has not confirmed it in time. A wish does not outlive the instance's process.
@RestController
@RequestMapping("/admin/instances/{name}")
class WishesController {
    private static final long TIMEOUT_MILLIS = 3_000;

    private final RegistryServer registry;
    private final Audit audit;

    WishesController(RegistryServer registry, Audit audit) {
        this.registry = registry;
        this.audit = audit;
    }

    /// @param weight 1 to 1,000
    record WeightBody(@Nullable Integer weight) {}

    /// @param confirmed whether the instance has said that it is so
    record Answer(boolean confirmed, ListedInstance instance) {}

    @PostMapping("/drain")
    ResponseEntity<Answer> drain(@PathVariable String name) throws TimeoutException, InterruptedException {
        return pass(name, "drain-instance", new Wish.Drain());
    }

    @PostMapping("/resume")
    ResponseEntity<Answer> resume(@PathVariable String name) throws TimeoutException, InterruptedException {
        return pass(name, "resume-instance", new Wish.Resume());
    }

    @PostMapping("/weight")
    ResponseEntity<Answer> weight(
            @PathVariable String name,
            @RequestParam(required = false) @Nullable Integer value,
            @RequestBody(required = false) @Nullable WeightBody body)
            throws TimeoutException, InterruptedException {
        Integer weight = value != null ? value : body == null ? null : body.weight();
        try {
            if (weight == null) {
                throw new IllegalArgumentException(
                        "weight: missing (expected: 1 to 1000, as ?value=50 or as a body {\"weight\": 50})");
            }
            return pass(name, "weigh-instance", new Wish.Weight(weight));
        } catch (IllegalArgumentException e) {
            audit.record("weigh-instance", name, "refused: " + e.getMessage());
            throw problem(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private ResponseEntity<Answer> pass(String name, String what, Wish wish)
            throws TimeoutException, InterruptedException {
        WishOutcome outcome;
        try {
            outcome = registry.wish(name, wish, TIMEOUT_MILLIS);
        } catch (TimeoutException e) {
            audit.record(what, name, wish + ": the registry did not answer");
            throw e;
        }
        audit.record(what, name, wish + ": " + inWords(outcome));
        return switch (outcome) {
            case WishOutcome.Fulfilled(Lease lease) -> ResponseEntity.ok(new Answer(true, ListedInstance.of(lease)));
            case WishOutcome.Told(Lease lease) ->
                ResponseEntity.accepted().body(new Answer(false, ListedInstance.of(lease)));
            case WishOutcome.Unreachable(Lease lease) ->
                throw problem(
                        HttpStatus.CONFLICT,
                        "instance '" + name + "' at " + lease.instance().host() + ":"
                                + lease.instance().port()
                                + " is listed, but has no link to this registry through which it could be told:"
                                + " ask another registry, or wait until it has connected to this one again");
            case WishOutcome.Unknown() ->
                throw problem(
                        HttpStatus.NOT_FOUND,
                        "instance '" + name + "' is not listed (GET /admin/instances shows those that are)");
        };
    }

    private static String inWords(WishOutcome outcome) {
        return switch (outcome) {
            case WishOutcome.Fulfilled _ -> "confirmed by the instance";
            case WishOutcome.Told _ -> "the instance was told and has not confirmed it in time";
            case WishOutcome.Unreachable _ -> "not told, it has no link to this registry";
            case WishOutcome.Unknown _ -> "no such instance";
        };
    }

    private static ErrorResponseException problem(HttpStatus status, String detail) {
        return new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
    }

    @ExceptionHandler
    ProblemDetail noAnswer(TimeoutException e) {
        String why = e.getMessage() == null ? "no answer within " + TIMEOUT_MILLIS + " ms" : e.getMessage();
        return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, why);
    }
}
