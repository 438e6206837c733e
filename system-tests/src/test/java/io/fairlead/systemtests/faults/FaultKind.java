package io.fairlead.systemtests.faults;

import java.util.Arrays;
import java.util.Locale;

/// What the bench can do to a fleet.
enum FaultKind {
    /// `kill -9` of a worker, which is started again.
    KILL_WORKER(Touches.WORKER, false),
    /// `kill -9` of a gateway, which is started again.
    KILL_GATEWAY(Touches.GATEWAY, false),
    /// `kill -9` of one of the registries, which is started again.
    KILL_REGISTRY(Touches.NOBODY, false),
    /// SIGTERM of a worker, which is started again: nobody may notice.
    RESTART_WORKER(Touches.NOBODY, false),
    /// SIGTERM of a gateway, which is started again: its foreign clients lose their connections.
    RESTART_GATEWAY(Touches.GATEWAY, false),
    /// SIGSTOP of a worker for 8 s.
    PAUSE_WORKER(Touches.WORKER, true),
    /// SIGSTOP of a gateway for 8 s.
    PAUSE_GATEWAY(Touches.GATEWAY, true),
    /// No packet between a gateway and a worker.
    CUT_WORKER(Touches.WORKER, true),
    /// No packet from a gateway to a worker; the other direction works.
    CUT_TO_WORKER(Touches.WORKER, true),
    /// No packet from a worker to a gateway; the other direction works.
    CUT_FROM_WORKER(Touches.WORKER, true),
    /// No packet between the clients and a gateway.
    CUT_CLIENTS(Touches.GATEWAY, true),
    /// No packet between a gateway and all registries.
    CUT_GATEWAY_FROM_REGISTRIES(Touches.NOBODY, true),
    /// The links between a gateway and a worker are reset, and all new ones, too.
    RESET_LINKS(Touches.WORKER, false),
    /// A fifth of the packets between a gateway and a worker is lost.
    LOSS(Touches.WORKER, true),
    /// A worker sends 32 kbit/s at most.
    LOW_BANDWIDTH(Touches.WORKER, true),
    /// 100 to 200 ms more each way between the gateways and a worker.
    DELAY(Touches.NOBODY, false),
    /// A client that sends much and reads nothing.
    SLOW_READER(Touches.NOBODY, false),
    /// A worker that vanishes without a FIN: its host is unplugged, then its process is killed.
    HALF_OPEN(Touches.WORKER, true),
    /// The wall clocks of a registry and of a worker jump an hour ahead, then back; the worker is restarted
    /// each time. Only where it is named, see [WallClock#WHY_NOT].
    CLOCK_STEP(Touches.WORKER, false),
    /// `kill -9` of all registries, which are started again.
    ALL_REGISTRIES(Touches.NOBODY, false),
    /// Three of four workers are cut from all registries for longer than a lease.
    WORKERS_CUT_FROM_REGISTRIES(Touches.NOBODY, true),
    /// A worker stops, another takes its name, then the first goes on.
    OLD_INSTANCE(Touches.WORKER, true);

    /// Whose calls may suffer from a fault.
    enum Touches {
        /// Those that the worker had: it may have run them.
        WORKER,
        /// Those that the gateway had, and those of its clients that are on the way.
        GATEWAY,
        NOBODY
    }

    private final Touches touches;
    private final boolean silent;

    FaultKind(Touches touches, boolean silent) {
        this.touches = touches;
        this.silent = silent;
    }

    Touches touches() {
        return touches;
    }

    /// Whether the other side is told nothing, so that deadlines may pass before it knows.
    boolean isSilent() {
        return silent;
    }

    /// @param text a name as people write it, such as `kill-worker`
    static FaultKind parse(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT).replace('-', '_');
        return Arrays.stream(values())
                .filter(kind -> kind.name().equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("fault: " + text + " (expected: one of "
                        + Arrays.stream(values()).map(FaultKind::text).toList() + ")"));
    }

    /// The name as people write it.
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
