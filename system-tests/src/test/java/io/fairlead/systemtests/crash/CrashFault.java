package io.fairlead.systemtests.crash;

import java.util.Locale;

/// What the nemesis does.
enum CrashFault {
    /// `kill -9`; starts again when the round heals.
    KILL_GATEWAY(Target.GATEWAY),
    KILL_WORKER(Target.WORKER),
    /// SIGSTOP, until the round heals.
    PAUSE_GATEWAY(Target.GATEWAY),
    PAUSE_WORKER(Target.WORKER),
    /// Nothing passes between clients and a gateway, and nobody is told.
    CUT_CLIENTS(Target.GATEWAY),
    /// Likewise between gateways and a worker.
    CUT_WORKER(Target.WORKER),
    /// All connections of a gateway's clients end at once.
    RESET_CLIENTS(Target.GATEWAY),
    /// All links to a worker end at once.
    RESET_WORKER(Target.WORKER),
    /// No room is left on the disk of a gateway's embedded journal.
    FILL_DISK(Target.GATEWAY),
    /// PostgreSQL ends at once, as in a crash; starts again when the round heals.
    KILL_DATABASE(Target.DATABASE);

    private final Target target;

    /// What a fault is put on.
    enum Target {
        GATEWAY,
        WORKER,
        DATABASE
    }

    CrashFault(Target target) {
        this.target = target;
    }

    Target target() {
        return target;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
