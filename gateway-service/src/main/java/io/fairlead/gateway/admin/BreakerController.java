package io.fairlead.gateway.admin;

import io.fairlead.admin.Audit;
import io.fairlead.gateway.breaker.Breakers;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/// `GET /admin/breakers` and `POST /admin/breakers/{instance}/reset`.
@RestController
@RequestMapping("/admin/breakers")
class BreakerController {
    private final Breakers breakers;
    private final Audit audit;

    BreakerController(Breakers breakers, Audit audit) {
        this.breakers = breakers;
        this.audit = audit;
    }

    @GetMapping
    List<Breakers.BreakerStatus> all() {
        return breakers.all();
    }

    /// Closes a breaker and forgets what it has recorded: the instance gets calls again.
    @PostMapping("/{instance}/reset")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void reset(@PathVariable String instance) {
        boolean known = breakers.reset(instance);
        audit.record("reset-breaker", instance, known ? "closed" : "no such breaker");
        if (!known) {
            throw new ResponseStatusException(
                    HttpStatus.NOT_FOUND,
                    "breaker '" + instance + "': none of this name (GET /admin/breakers lists them)");
        }
    }
}
