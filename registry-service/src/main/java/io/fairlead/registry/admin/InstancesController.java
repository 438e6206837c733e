package io.fairlead.registry.admin;

import io.fairlead.registry.RegistryServer;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The instances that are listed now.
@RestController
class InstancesController {
    private static final long TIMEOUT_MILLIS = 2_000;

    private final RegistryServer registry;

    InstancesController(RegistryServer registry) {
        this.registry = registry;
    }

    /// Ordered by name.
    ///
    /// @param service only those that offer it; null = all
    @GetMapping("/admin/instances")
    List<ListedInstance> instances(@RequestParam(required = false) @Nullable String service)
            throws TimeoutException, InterruptedException {
        return registry.leases(TIMEOUT_MILLIS).stream()
                .map(ListedInstance::of)
                .filter(instance -> service == null || instance.offers(service))
                .sorted(Comparator.comparing(ListedInstance::name))
                .toList();
    }

    @ExceptionHandler
    ProblemDetail noAnswer(TimeoutException e) {
        String why = e.getMessage() == null ? "no answer within " + TIMEOUT_MILLIS + " ms" : e.getMessage();
        return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, why);
    }
}
