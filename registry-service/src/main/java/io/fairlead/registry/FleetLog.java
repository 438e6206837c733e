package io.fairlead.registry;

import io.fairlead.registry.lease.Change;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gathers changes into one log line a tick: ten thousand instances that come back at once must not hold up the loop
/// with as many lines. Not thread-safe.
final class FleetLog {
    private static final Logger log = LoggerFactory.getLogger(FleetLog.class);
    private static final int SHOWN = 10;

    private final List<String> shown = new ArrayList<>(SHOWN);
    private int changes;

    void add(Change change) {
        change.gone()
                .forEach(gone -> add(gone.instance() + " gone (" + gone.reason() + ", epoch " + gone.epoch() + ")"));
        change.up()
                .forEach(instance -> add(instance.instance() + " " + instance.state() + " (" + instance.host() + ":"
                        + instance.port() + ", epoch " + instance.epoch() + ")"));
    }

    private void add(String what) {
        changes++;
        if (shown.size() < SHOWN) {
            shown.add(what);
        }
    }

    void flush() {
        if (changes > 0) {
            String more = changes > shown.size() ? " and " + (changes - shown.size()) + " more" : "";
            log.info("Instances: {}{}", String.join(", ", shown), more);
            shown.clear();
            changes = 0;
        }
    }
}
