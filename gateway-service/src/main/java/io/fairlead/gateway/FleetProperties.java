package io.fairlead.gateway;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What this process is called and where the fleet is found, the same keys in every Fairlead process.
///
/// @param name of this process in logs, HELLO and screens; default: `gateway-` and the process id
/// @param registries `host:port` of every registry node
@ConfigurationProperties("fairlead")
public record FleetProperties(
        @Nullable String name,
        @DefaultValue("127.0.0.1:7500") List<String> registries) {
    /// @throws IllegalArgumentException if there is no registry
    public FleetProperties {
        if (registries.isEmpty()) {
            throw new IllegalArgumentException("fairlead.registries: none (expected: at least one host:port)");
        }
        registries = List.copyOf(registries);
    }

    String nameOrDefault() {
        return name != null && !name.isBlank()
                ? name
                : "gateway-" + ProcessHandle.current().pid();
    }
}
