package io.fairlead.gateway.discovery;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/// Where instances are known from beside the registries (`fairlead.registries`), and what is remembered of them. All
/// sources form one union.
///
/// @param viewFile where the last known good view of the fleet is kept for a start with every registry down; a relative
///     path begins at the process's working folder. Empty = nothing is kept
/// @param staticWorkers workers that are always listed (`fairlead.gateway.discovery.static`), registered or not; each
///     is asked over a link what it offers. At most 1,000
/// @param discoveryClient workers that a Spring Cloud DiscoveryClient (Consul, Kubernetes, Eureka, ZooKeeper) knows
@ConfigurationProperties("fairlead.gateway.discovery")
public record DiscoveryProperties(
        @DefaultValue("") String viewFile,
        @Name("static") @DefaultValue List<Address> staticWorkers,
        @DefaultValue Client discoveryClient) {
    private static final int MAX_STATIC = 1_000;

    /// @throws IllegalArgumentException if there are too many static workers
    public DiscoveryProperties {
        if (staticWorkers.size() > MAX_STATIC) {
            throw new IllegalArgumentException("fairlead.gateway.discovery.static: " + staticWorkers.size()
                    + " workers (expected: at most " + MAX_STATIC + "; let them register with a registry)");
        }
        staticWorkers = List.copyOf(staticWorkers);
    }

    /// Where a worker listens for links.
    ///
    /// @param host name or address
    /// @param port 1 to 65535
    public record Address(String host, @DefaultValue("7600") int port) {
        /// @throws IllegalArgumentException if a value is missing or out of its bounds
        public Address {
            require(host != null && !host.isBlank(), "static[].host", host, "a host name or address");
            require(port >= 1 && port <= 65_535, "static[].port", port, "1 to 65535");
        }
    }

    /// How the DiscoveryClient is asked.
    ///
    /// @param serviceIds the services, as the discovery knows them, whose instances are Fairlead workers;
    ///     empty = it is not asked
    /// @param pollInterval how often it is asked, 1s to 1h. Shorter finds new workers sooner and costs requests
    /// @param portKey the key of an instance's metadata that holds the port at which the worker listens for
    ///     links; where it is missing the instance's own port is taken
    public record Client(
            @DefaultValue List<String> serviceIds,
            @DefaultValue("5s") Duration pollInterval,
            @DefaultValue("fairlead-port") String portKey) {
        /// @throws IllegalArgumentException if a value is out of its bounds
        public Client {
            serviceIds = List.copyOf(serviceIds);
            require(
                    pollInterval.compareTo(Duration.ofSeconds(1)) >= 0
                            && pollInterval.compareTo(Duration.ofHours(1)) <= 0,
                    "discovery-client.poll-interval",
                    pollInterval,
                    "1s to 1h");
            require(!portKey.isBlank(), "discovery-client.port-key", "''", "the name of a key");
        }
    }

    private static void require(boolean ok, String setting, @Nullable Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.discovery." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
