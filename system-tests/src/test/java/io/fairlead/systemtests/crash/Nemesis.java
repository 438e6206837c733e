package io.fairlead.systemtests.crash;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Decides by a seed which faults come on whom and when, and puts them on a fleet. Each kind comes once,
/// shuffled, then each again in another order. Not thread-safe.
final class Nemesis {
    private final CrashFleet fleet;
    private final Stores stores;
    private final List<CrashFault> kinds;
    private final Random random;
    private final List<CrashFault> left = new ArrayList<>();
    private final Map<CrashFault, Integer> counts = new EnumMap<>(CrashFault.class);

    /// A fault of a round.
    ///
    /// @param waitMillis after what came before it
    record Planned(CrashFault kind, String target, long waitMillis) {
        @Override
        public String toString() {
            return kind.text() + " " + target;
        }
    }

    /// A round.
    ///
    /// @param faults one or two, on different targets
    /// @param holdMillis from the last fault to healing
    record Round(List<Planned> faults, long holdMillis) {}

    Nemesis(long seed, CrashFleet fleet, Stores stores, List<CrashFault> kinds) {
        this.random = new Random(seed);
        this.fleet = fleet;
        this.stores = stores;
        this.kinds = List.copyOf(kinds);
    }

    Round next() {
        List<Planned> faults = new ArrayList<>();
        faults.add(plan(1_000, 3_000));
        if (random.nextInt(3) > 0) {
            Planned second = plan(0, 2_000);
            if (!second.target().equals(faults.getFirst().target())) {
                faults.add(second);
            }
        }
        return new Round(List.copyOf(faults), random.nextInt(300, 4_000));
    }

    private Planned plan(int fromMillis, int toMillis) {
        if (left.isEmpty()) {
            left.addAll(kinds);
            Collections.shuffle(left, random);
        }
        CrashFault kind = left.removeFirst();
        String target = switch (kind.target()) {
            case GATEWAY -> "gateway-" + random.nextInt(fleet.gatewayNames().size());
            case WORKER -> "worker-" + random.nextInt(fleet.workerNames().size());
            case DATABASE -> "postgresql";
        };
        return new Planned(kind, target, random.nextInt(fromMillis, toMillis));
    }

    void begin(Planned fault) {
        counts.merge(fault.kind(), 1, Integer::sum);
        String target = fault.target();
        switch (fault.kind()) {
            case KILL_GATEWAY, KILL_WORKER -> fleet.process(target).kill();
            case PAUSE_GATEWAY, PAUSE_WORKER -> fleet.process(target).pause();
            case CUT_CLIENTS, CUT_WORKER -> fleet.wire(target).cut();
            case RESET_CLIENTS, RESET_WORKER -> fleet.wire(target).reset();
            case FILL_DISK -> volume(target).fill();
            case KILL_DATABASE -> stores.postgres().kill();
        }
    }

    /// Undoes a fault; the fleet is whole some time later.
    void heal(Planned fault) {
        String target = fault.target();
        switch (fault.kind()) {
            case KILL_GATEWAY -> fleet.startGateway(target);
            case KILL_WORKER -> fleet.startWorker(target);
            case PAUSE_GATEWAY, PAUSE_WORKER -> fleet.process(target).resume();
            case CUT_CLIENTS, CUT_WORKER -> fleet.wire(target).mend();
            case RESET_CLIENTS, RESET_WORKER -> {}
            case FILL_DISK -> volume(target).free();
            case KILL_DATABASE -> stores.postgres().restart();
        }
    }

    private Volume volume(String gateway) {
        Volume volume = stores.volumes().get(gateway);
        if (volume == null) {
            throw new IllegalStateException(gateway + " has no disk of its own");
        }
        return volume;
    }

    /// How many faults of each kind there were.
    Map<CrashFault, Integer> counts() {
        return counts;
    }
}
