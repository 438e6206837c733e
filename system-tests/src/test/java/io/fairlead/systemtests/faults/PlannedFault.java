package io.fairlead.systemtests.faults;

/// A fault of a schedule.
///
/// @param worker that it is put on, if it is put on one
/// @param gateway likewise
/// @param registry likewise
record PlannedFault(FaultKind kind, String worker, String gateway, String registry) {
    /// The host that it touches, for the history.
    String target() {
        return switch (kind) {
            case KILL_GATEWAY, RESTART_GATEWAY, PAUSE_GATEWAY, CUT_CLIENTS, CUT_GATEWAY_FROM_REGISTRIES, SLOW_READER ->
                gateway;
            case KILL_REGISTRY -> registry;
            case ALL_REGISTRIES -> "registries";
            case WORKERS_CUT_FROM_REGISTRIES -> "workers";
            case DELAY -> "worker-" + Fleet.PROXIED_WORKER;
            case KILL_WORKER,
                    RESTART_WORKER,
                    PAUSE_WORKER,
                    CUT_WORKER,
                    CUT_TO_WORKER,
                    CUT_FROM_WORKER,
                    RESET_LINKS,
                    LOSS,
                    LOW_BANDWIDTH,
                    HALF_OPEN,
                    CLOCK_STEP,
                    OLD_INSTANCE -> worker;
        };
    }
}
