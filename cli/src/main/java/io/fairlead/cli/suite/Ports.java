package io.fairlead.cli.suite;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Which ports of the loopback interface are free.
public final class Ports {
    /// Below the range from which systems take ports for outgoing connections, so that none of those gets in the way.
    private static final int FREE_FROM = 20_000;

    private static final int FREE_TO = 32_000;
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

    /// The same suite on ports that are free now.
    public static List<ProcessPlan> free(List<ProcessPlan> plans) {
        Map<Integer, Integer> moved = new HashMap<>();
        Set<Integer> given = new HashSet<>();
        RandomGenerator random = RandomGenerator.getDefault();
        for (ProcessPlan plan : plans) {
            plan.ports().values().forEach(port -> moved.put(port, next(random, given)));
        }
        return plans.stream()
                .map(plan -> plan.moved(port -> moved.getOrDefault(port, port)))
                .toList();
    }

    private static int next(RandomGenerator random, Set<Integer> given) {
        for (int i = 0; i < MAX_TRIES; i++) {
            int port = random.nextInt(FREE_FROM, FREE_TO);
            if (isFree(port) && given.add(port)) {
                return port;
            }
        }
        throw new SuiteException("no free port found from " + FREE_FROM + " to " + FREE_TO);
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
