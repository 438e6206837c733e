package io.fairlead.systemtests.faults;

import io.fairlead.systemtests.nodes.NodeProcess;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Puts faults on a fleet, one at a time, and undoes them. Blocks while a fault lasts. Not thread-safe.
final class FaultInjector {
    static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    private static final Duration KILLED = Duration.ofSeconds(2);
    private static final Duration PAUSED = Duration.ofSeconds(8);
    private static final Duration CUT = Duration.ofSeconds(6);
    private static final Duration BAD_NETWORK = Duration.ofSeconds(6);

    /// Longer than a lease and all that hangs on it.
    private static final Duration UNREGISTERED = Duration.ofSeconds(12);

    private static final long JOIN_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(90);
    private static final double LOST_SHARE = 0.2;
    private static final int LOW_KILOBITS = 32;

    private final Fleet fleet;
    private final NamespaceHosts network;
    private final WallClock clock;

    FaultInjector(Fleet fleet, NamespaceHosts network, WallClock clock) {
        this.fleet = fleet;
        this.network = network;
        this.clock = clock;
    }

    /// Puts a fault on the fleet, waits, undoes it, and waits until the fleet is whole again.
    InjectedFault inject(PlannedFault plan) {
        String worker = plan.worker();
        String gateway = plan.gateway();
        return switch (plan.kind()) {
            case KILL_WORKER -> restarted(plan, () -> fleet.process(worker).kill());
            case RESTART_WORKER -> restarted(plan, () -> fleet.process(worker).terminate(STOP_LIMIT));
            case RESTART_GATEWAY ->
                timed(
                        plan,
                        Duration.ZERO,
                        () -> fleet.process(gateway).terminate(STOP_LIMIT),
                        () -> fleet.startGateway(gateway));
            case HALF_OPEN ->
                restarted(plan, () -> {
                    network.unplug(worker);
                    fleet.process(worker).kill();
                });
            case KILL_GATEWAY -> timed(plan, KILLED, fleet.process(gateway)::kill, () -> fleet.startGateway(gateway));
            case KILL_REGISTRY ->
                timed(plan, KILLED, fleet.process(plan.registry())::kill, () -> fleet.startRegistry(plan.registry()));
            case ALL_REGISTRIES ->
                timed(
                        plan,
                        CUT,
                        () -> each(
                                "registry",
                                Fleet.REGISTRIES,
                                name -> fleet.process(name).kill()),
                        () -> each("registry", Fleet.REGISTRIES, fleet::startRegistry));
            case PAUSE_WORKER ->
                watched(
                        plan,
                        Fleet.gatewayNames(),
                        PAUSED,
                        fleet.process(worker)::pause,
                        fleet.process(worker)::resume);
            case PAUSE_GATEWAY -> timed(plan, PAUSED, fleet.process(gateway)::pause, fleet.process(gateway)::resume);
            case CUT_WORKER ->
                watched(plan, List.of(gateway), CUT, () -> network.cutBoth(gateway, worker), network::heal);
            case CUT_TO_WORKER ->
                watched(plan, List.of(gateway), CUT, () -> network.cut(gateway, worker), network::heal);
            case CUT_FROM_WORKER ->
                watched(plan, List.of(gateway), CUT, () -> network.cut(worker, gateway), network::heal);
            case RESET_LINKS ->
                watched(plan, List.of(gateway), BAD_NETWORK, () -> network.reset(gateway, worker), network::heal);
            case CUT_CLIENTS -> timed(plan, CUT, () -> network.cutBoth(Fleet.CLIENTS, gateway), network::heal);
            case CUT_GATEWAY_FROM_REGISTRIES ->
                timed(
                        plan,
                        UNREGISTERED,
                        () -> each("registry", Fleet.REGISTRIES, name -> network.cutBoth(gateway, name)),
                        network::heal);
            case WORKERS_CUT_FROM_REGISTRIES ->
                timed(
                        plan,
                        UNREGISTERED,
                        () -> each(
                                "worker",
                                Fleet.WORKERS - 1,
                                name -> each(
                                        "registry", Fleet.REGISTRIES, registry -> network.cutBoth(name, registry))),
                        network::heal);
            case LOSS -> timed(plan, BAD_NETWORK, () -> network.lose(gateway, worker, LOST_SHARE), network::heal);
            case LOW_BANDWIDTH -> timed(plan, BAD_NETWORK, () -> network.limit(worker, LOW_KILOBITS), network::heal);
            case DELAY ->
                timed(
                        plan,
                        BAD_NETWORK,
                        () -> fleet.process(Fleet.PROXY).order("delay 100 100"),
                        () -> fleet.process(Fleet.PROXY).order("delay 0 0"));
            case SLOW_READER ->
                timed(
                        plan,
                        BAD_NETWORK,
                        () -> fleet.process(Fleet.CLIENTS)
                                .order("slow-reader " + fleet.host(gateway).address()),
                        () -> fleet.process(Fleet.CLIENTS).order("slow-reader-ends"));
            case CLOCK_STEP -> clockStep(plan);
            case OLD_INSTANCE -> oldInstance(plan);
        };
    }

    /// Waits, undoes, and waits until the fleet is whole.
    private InjectedFault timed(PlannedFault plan, Duration hold, Runnable put, Runnable undo) {
        return watched(plan, List.of(), hold, put, undo);
    }

    /// As [#timed], and measures when these gateways lose their links to the worker.
    private InjectedFault watched(
            PlannedFault plan, Collection<String> gateways, Duration hold, Runnable put, Runnable undo) {
        Sight sight = new Sight(fleet, plan.worker());
        long onset = System.nanoTime();
        put.run();
        // Of rules that are put in place one by one, the last counts.
        CompletableFuture<OptionalLong> lost = sight.lost(gateways, System.nanoTime(), hold.toNanos());
        pause(hold);
        undo.run();
        OptionalLong outOfChoice = lost.join();
        fleet.awaitWhole();
        return new InjectedFault(
                plan.kind(), plan.target(), onset, System.nanoTime(), outOfChoice, OptionalLong.empty());
    }

    /// Ends a worker and starts it again.
    private InjectedFault restarted(PlannedFault plan, Runnable end) {
        String worker = plan.worker();
        Sight sight = new Sight(fleet, worker);
        long onset = System.nanoTime();
        CompletableFuture<OptionalLong> lost = sight.lost(Fleet.gatewayNames(), onset, CUT.toNanos());
        end.run();
        OptionalLong outOfChoice = lost.join();
        pause(KILLED);
        network.heal();
        fleet.startWorker(worker);
        OptionalLong joined = sight.joined(JOIN_LIMIT_NANOS);
        fleet.awaitWhole();
        return new InjectedFault(plan.kind(), plan.target(), onset, System.nanoTime(), outOfChoice, joined);
    }

    /// The wall clocks of a worker and a registry go an hour ahead, the worker is restarted and so has an
    /// epoch from the future; the clocks go back, and it is restarted once more.
    private InjectedFault clockStep(PlannedFault plan) {
        long onset = System.nanoTime();
        clock.step("+3600");
        restartNow(plan.worker());
        clock.step("+0");
        restartNow(plan.worker());
        return InjectedFault.of(plan.kind(), plan.target(), onset, System.nanoTime());
    }

    private void restartNow(String worker) {
        fleet.process(worker).kill();
        Sight sight = new Sight(fleet, worker);
        fleet.startWorker(worker);
        sight.joined(JOIN_LIMIT_NANOS);
        fleet.awaitWhole();
    }

    private InjectedFault oldInstance(PlannedFault plan) {
        Sight sight = new Sight(fleet, plan.worker());
        long onset = System.nanoTime();
        fleet.process(plan.worker()).pause();
        CompletableFuture<OptionalLong> lost = sight.lost(Fleet.gatewayNames(), onset, PAUSED.toNanos());
        NodeProcess old = fleet.replaceWorker(plan.worker());
        OptionalLong joined = sight.joined(JOIN_LIMIT_NANOS);
        OptionalLong outOfChoice = lost.join();
        old.resume();
        // It believes that it is still the one of its name, and tries to say so to everybody.
        pause(CUT);
        fleet.awaitWhole();
        old.kill();
        fleet.awaitWhole();
        return new InjectedFault(plan.kind(), plan.target(), onset, System.nanoTime(), outOfChoice, joined);
    }

    private static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void each(String role, int count, Consumer<String> action) {
        IntStream.range(0, count).forEach(i -> action.accept(role + "-" + i));
    }
}
