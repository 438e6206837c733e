package io.fairlead.cli.suite;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Which ports of the loopback interface are free.
public final class Ports {
    /// Away from the usual ports, and below the range from which systems take those for outgoing connections, so that
    /// none of these gets in the way.
    private static final int LEAST_DISTANCE = 12_000;

    private static final int MOST_DISTANCE = 23_000;
    private static final int MAX_TRIES = 10_000;

    private Ports() {}

    /// @throws SuiteException if a planned port is taken, naming it and what helps
    static void requireFree(List<ProcessPlan> plans) {
        List<String> taken = new ArrayList<>();
        for (ProcessPlan plan : plans) {
            plan.ports().forEach((name, port) -> {
                if (!isFree(port)) {
                    taken.add("port " + port + " (" + plan.name() + ", " + name + ")");
                }
            });
        }
        if (!taken.isEmpty()) {
            String first = taken.getFirst().split(" ", 3)[1];
            throw new SuiteException("in use by another process: " + String.join(", ", taken)
                    + "\nfind it with `ss -ltnp | grep :" + first + "` or `lsof -i :" + first
                    + "`, end it, and try again; `./fairlead down` ends what an earlier `up` of this clone started");
        }
    }

    /// The same suite on ports that are free now. Those of a process all move as far, so that one tells the others.
    public static List<ProcessPlan> free(List<ProcessPlan> plans) {
        Set<Integer> given = new HashSet<>();
        RandomGenerator random = RandomGenerator.getDefault();
        return plans.stream().map(plan -> free(plan, random, given)).toList();
    }

    private static ProcessPlan free(ProcessPlan plan, RandomGenerator random, Set<Integer> given) {
        for (int i = 0; i < MAX_TRIES; i++) {
            int distance = random.nextInt(LEAST_DISTANCE, MOST_DISTANCE);
            ProcessPlan moved = plan.moved(port -> port + distance);
            if (moved.ports().values().stream().allMatch(port -> !given.contains(port) && isFree(port))) {
                given.addAll(moved.ports().values());
                return moved;
            }
        }
        throw new SuiteException("no free ports found for " + plan.name());
    }

    static boolean isFree(int port) {
        // A connection's remains (TIME_WAIT) do not matter, for services reuse addresses, too.
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
