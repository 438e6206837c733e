package io.fairlead.starter.health;

import io.fairlead.link.discovery.RegistryStatus;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.worker.Worker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/// Up while the worker listens and is registered with at least one registry, or needs none; out of service
/// while it drains; else down. That an admin has drained it is no fault, since it answers what still comes.
/// The details say how it stands with each registry.
///
/// @since 0.1
public final class WorkerHealthIndicator extends AbstractHealthIndicator {
    private final Worker worker;
    private final @Nullable Inbox inbox;

    /// @param worker may be stopped
    /// @param inbox null if there is none
    public WorkerHealthIndicator(Worker worker, @Nullable Inbox inbox) {
        super("The worker's state cannot be read");
        this.worker = worker;
        this.inbox = inbox;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        List<RegistryStatus> registries = worker.registries();
        if (!worker.isRunning()) {
            builder.down().withDetail("reason", "the worker does not listen");
        } else if (worker.isDraining()) {
            builder.outOfService().withDetail("reason", "the worker drains");
        } else if (!worker.hasRegistries()) {
            builder.up().withDetail("reason", "fairlead.registries is empty: the worker registers nowhere");
        } else if (registries.stream().anyMatch(RegistryStatus::registered)) {
            builder.up();
        } else {
            builder.down().withDetail("reason", "the worker is registered with no registry");
        }
        if (worker.isDrainedByAdmin()) {
            builder.withDetail(
                    "drained", "drained by an admin: new calls go to others until it is resumed or restarted");
        }
        builder.withDetail("port", worker.port())
                .withDetail("inFlight", worker.inFlight())
                .withDetail("weight", worker.weight());
        inboxDetail(builder);
        Map<String, Object> details = new LinkedHashMap<>();
        for (RegistryStatus registry : registries) {
            Map<String, Object> detail = new LinkedHashMap<>();
            detail.put("registered", registry.registered());
            detail.put("since", registry.since().toString());
            if (!registry.lastError().isEmpty()) {
                detail.put("lastError", registry.lastError());
            }
            details.put(registry.address(), detail);
        }
        if (!details.isEmpty()) {
            builder.withDetail("registries", details);
        }
    }

    private void inboxDetail(Health.Builder builder) {
        Inbox found = inbox;
        if (found == null || !found.isOpen()) {
            return;
        }
        Map<String, Object> detail = new LinkedHashMap<>();
        detail.put("store", found.description());
        if (!found.lastError().isEmpty()) {
            detail.put("lastError", found.lastError());
        }
        builder.withDetail("inbox", detail);
    }
}
