package io.fairlead.gateway.discovery;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.FleetSource;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/// The workers that a Spring Cloud `DiscoveryClient` knows by these services. Asked again and again, on a thread of its
/// own, because the clients block; one that fails or knows nobody all of a sudden removes nobody.
final class DiscoveryClientSource implements FleetSource {
    private static final Logger log = LoggerFactory.getLogger(DiscoveryClientSource.class);
    private static final int MAX_WORKERS = 10_000;

    private final NettyTransport transport;
    private final LinkSettings settings;
    private final DiscoveryClient client;
    private final DiscoveryProperties.Client properties;
    private final ScheduledExecutorService poller = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("discovery-client").daemon().factory());

    private @Nullable AskedWorkers workers;

    /// Confined to the poller, as those that follow.
    private Set<InetSocketAddress> last = Set.of();

    private boolean failing;
    private boolean warnedOfPort;
    private boolean warnedOfAddress;

    DiscoveryClientSource(
            NettyTransport transport,
            LinkSettings settings,
            DiscoveryClient client,
            DiscoveryProperties.Client properties) {
        this.transport = transport;
        this.settings = settings;
        this.client = client;
        this.properties = properties;
    }

    @Override
    public String name() {
        return "discovery-client";
    }

    @Override
    public synchronized void start(Sink sink) {
        AskedWorkers asked = new AskedWorkers(transport, settings, sink);
        workers = asked;
        poller.scheduleWithFixedDelay(
                () -> poll(asked), 0, properties.pollInterval().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void poll(AskedWorkers asked) {
        try {
            Set<InetSocketAddress> found = new LinkedHashSet<>();
            for (String service : properties.serviceIds()) {
                for (ServiceInstance instance : client.getInstances(service)) {
                    InetSocketAddress address = address(instance);
                    if (address != null) {
                        found.add(address);
                    }
                }
            }
            if (found.size() > MAX_WORKERS) {
                throw new IllegalStateException(
                        "workers: " + found.size() + " (expected: at most " + MAX_WORKERS + "; use registries)");
            }
            if (found.isEmpty() && !last.isEmpty()) {
                throw new IllegalStateException("it knows nobody of " + properties.serviceIds() + " any more; the "
                        + last.size() + " workers that it knew stay");
            }
            if (failing) {
                failing = false;
                log.info("{} answers again", client.description());
                asked.speaks();
            }
            if (!found.equals(last)) {
                last = found;
                log.info("{} knows {} workers of {}", client.description(), found.size(), properties.serviceIds());
                asked.addresses(found);
            }
        } catch (RuntimeException | Error e) {
            // Errors, too, such as a class that the client lacks: the schedule would end with one, without a word.
            asked.silent(String.valueOf(e.getMessage()));
            if (!failing) {
                failing = true;
                log.warn("{} failed, the workers that it knew stay: {}", client.description(), e.toString());
            }
        }
    }

    /// Where it listens for links; null if it cannot be reached at all, which must not hide the others.
    private @Nullable InetSocketAddress address(ServiceInstance instance) {
        int port = instance.getPort();
        String named =
                instance.getMetadata() == null ? null : instance.getMetadata().get(properties.portKey());
        if (named != null) {
            int number = number(named);
            if (isPort(number)) {
                port = number;
            } else {
                warnOfPort(instance, named);
            }
        }
        if (instance.getHost() == null || !isPort(port)) {
            warnOfAddress(instance, port);
            return null;
        }
        return InetSocketAddress.createUnresolved(instance.getHost(), port);
    }

    private static boolean isPort(int number) {
        return number >= 1 && number <= 65_535;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return -1; // no port, which the caller says
        }
    }

    private void warnOfAddress(ServiceInstance instance, int port) {
        if (!warnedOfAddress) {
            warnedOfAddress = true;
            log.warn(
                    "{} of {} is left out: {}:{} is no address (expected: a host, and a port from 1 to 65535)",
                    instance.getInstanceId(),
                    client.description(),
                    instance.getHost(),
                    port);
        }
    }

    private void warnOfPort(ServiceInstance instance, String port) {
        if (!warnedOfPort) {
            warnedOfPort = true;
            log.warn(
                    "{} of {} is '{}' (expected: 1 to 65535): its own port, {}, is taken",
                    properties.portKey(),
                    instance.getInstanceId(),
                    port,
                    instance.getPort());
        }
    }

    @Override
    public synchronized void close() {
        poller.shutdownNow();
        if (workers != null) {
            workers.close();
        }
    }
}
