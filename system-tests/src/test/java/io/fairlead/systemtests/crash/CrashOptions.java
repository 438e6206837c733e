package io.fairlead.systemtests.crash;

import java.nio.file.Path;

/// What a run of the crash bench is to be.
///
/// @param store that keeps the journals
/// @param inbox that keeps the workers' keys and effects
/// @param rounds of traffic, faults and healing
/// @param messages that are to be acknowledged at least; traffic goes on after the rounds until they are
/// @param perSecond most messages and calls that all producers begin in a second
/// @param keys ordering keys of each producer, each with at most one message on its way
/// @param folder for logs and histories, emptied first
/// @param data for databases and the images of small disks, emptied first
record CrashOptions(
        Engine store,
        Engine inbox,
        int rounds,
        long seed,
        long messages,
        int perSecond,
        int keys,
        Path folder,
        Path data) {
    /// Whether the journal is one for all gateways, so that an order per key holds across them.
    boolean isShared() {
        return store == Engine.POSTGRES;
    }

    boolean usesPostgres() {
        return store == Engine.POSTGRES || inbox == Engine.POSTGRES;
    }
}
