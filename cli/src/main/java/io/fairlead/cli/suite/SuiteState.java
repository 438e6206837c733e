package io.fairlead.cli.suite;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the state file remembers.
///
/// @param owner the command that ends the suite itself when it ends (`demo`); null for one that stays (`up`)
/// @param processes in the order of their start
/// @param credentials of this suite; null if nothing was started
public record SuiteState(
        @Nullable ProcessId owner,
        List<SuiteProcess> processes,
        @Nullable Credentials credentials) {
    static final SuiteState NONE = new SuiteState(null, List.of(), null);

    /// Copies the list.
    public SuiteState {
        processes = List.copyOf(processes);
    }

    /// Those that run.
    public List<SuiteProcess> running() {
        return processes.stream().filter(SuiteProcess::isAlive).toList();
    }

    /// Those of a service that run.
    public List<SuiteProcess> running(Service service) {
        return running().stream()
                .filter(process -> process.service() == service)
                .toList();
    }
}
