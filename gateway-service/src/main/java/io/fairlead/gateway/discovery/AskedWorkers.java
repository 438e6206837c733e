package io.fairlead.gateway.discovery;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.FleetSource;
import io.fairlead.link.discovery.Instance;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Workers of which only the addresses are known; what they offer, and their state and weight, they say themselves.
/// Thread-safe: all state is confined to one event loop.
///
/// A worker that does not answer stays listed as it was, because its address is: whether it can be used the links of
/// the loops say.
final class AskedWorkers implements AutoCloseable {
    private final NettyTransport transport;
    private final LinkSettings settings;
    private final EventLoop loop;
    private final FleetSource.Sink sink;
    private final Map<String, AskedWorker> workers = new LinkedHashMap<>();
    private boolean spoken;
    private boolean closed;

    AskedWorkers(NettyTransport transport, LinkSettings settings, FleetSource.Sink sink) {
        this.transport = transport;
        this.settings = settings;
        this.loop = transport.next();
        this.sink = sink;
    }

    /// These addresses and no others. Returns at once.
    void addresses(Set<InetSocketAddress> addresses) {
        loop.execute(() -> apply(addresses));
    }

    private void apply(Set<InetSocketAddress> addresses) {
        if (closed) {
            return;
        }
        Map<String, InetSocketAddress> wanted = new LinkedHashMap<>();
        addresses.forEach(address -> wanted.put(address.getHostString() + ":" + address.getPort(), address));
        workers.entrySet().removeIf(entry -> {
            boolean gone = !wanted.containsKey(entry.getKey());
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
        wanted.forEach((name, address) -> workers.computeIfAbsent(name, key -> {
            AskedWorker worker = new AskedWorker(transport, loop, address, settings, this::publish);
            worker.start();
            return worker;
        }));
        publish();
    }

    /// Nothing before the first worker has answered: that none has is no news of the fleet.
    private void publish() {
        List<Instance> known = workers.values().stream()
                .map(AskedWorker::instance)
                .filter(Objects::nonNull)
                .toList();
        if (!closed && (spoken || !known.isEmpty())) {
            spoken = true;
            sink.lists(known);
        }
    }

    /// The addresses cannot be asked for at the moment; those that are known stay.
    void silent(String why) {
        loop.execute(() -> sink.silent(why));
    }

    /// They can again.
    void speaks() {
        loop.execute(this::publish);
    }

    @Override
    public void close() {
        loop.execute(() -> {
            closed = true;
            workers.values().forEach(AskedWorker::close);
            workers.clear();
        });
    }
}
