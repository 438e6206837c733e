package io.fairlead.systemtests.nodes;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// Hosts that are no more than addresses of 127.0.0.0/8, all of which Linux answers: for tests that cut
/// nothing and must run where network namespaces are not permitted. Each run takes addresses of its own.
public final class LoopbackHosts implements Hosts {
    private final String prefix = "127." + ThreadLocalRandom.current().nextInt(1, 255) + "."
            + ThreadLocalRandom.current().nextInt(256) + ".";
    private final AtomicInteger given = new AtomicInteger();
    private final Map<String, Host> hosts = new ConcurrentHashMap<>();

    @Override
    public Host host(String name) {
        return hosts.computeIfAbsent(name, key -> new Host(key, prefix + given.incrementAndGet(), List.of()));
    }

    @Override
    public void close() {}
}
