package io.fairlead.gateway.discovery;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.FleetSource;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The workers of the settings.
final class StaticSource implements FleetSource {
    private final NettyTransport transport;
    private final LinkSettings settings;
    private final Set<InetSocketAddress> addresses = new LinkedHashSet<>();
    private @Nullable AskedWorkers workers;

    StaticSource(NettyTransport transport, LinkSettings settings, List<DiscoveryProperties.Address> addresses) {
        this.transport = transport;
        this.settings = settings;
        addresses.forEach(each -> this.addresses.add(InetSocketAddress.createUnresolved(each.host(), each.port())));
    }

    @Override
    public String name() {
        return "static";
    }

    @Override
    public synchronized void start(Sink sink) {
        AskedWorkers asked = new AskedWorkers(transport, settings, sink);
        workers = asked;
        asked.addresses(addresses);
    }

    @Override
    public synchronized void close() {
        if (workers != null) {
            workers.close();
        }
    }
}
