package io.fairlead.registry.lease;

import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.RegistryApi.Gone;
import java.util.List;

/// What watchers must hear of: those that are gone go first, then those that are up come or change, one at most.
public record Change(List<Instance> up, List<Gone> gone) {
    /// Nothing to tell.
    public static final Change NONE = new Change(List.of(), List.of());

    /// Copies the lists.
    public Change {
        up = List.copyOf(up);
        gone = List.copyOf(gone);
    }

    /// Whether there is nothing to tell.
    public boolean isEmpty() {
        return up.isEmpty() && gone.isEmpty();
    }
}
