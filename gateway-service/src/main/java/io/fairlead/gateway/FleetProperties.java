package io.fairlead.gateway;

import io.fairlead.link.LinkSecret;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What this process is called and where the fleet is found, the same keys in every Fairlead process.
///
/// @param name of this process in logs, HELLO and screens; default: `gateway-` and the process id
/// @param registries `host:port` of every registry node; empty = none, where workers are known otherwise
///     (`fairlead.gateway.discovery`)
/// @param secret that all processes of a suite share, at least 16 characters: the gateway links itself only with
///     registries and workers that prove they know it. None = with whoever is there, and who has one refuses us
@ConfigurationProperties("fairlead")
public record FleetProperties(
        @Nullable String name,
        @DefaultValue("127.0.0.1:7500") List<String> registries,
        @Nullable String secret) {
    private static final int MAX_NAME_CHARS = 128;

    /// @throws IllegalArgumentException if a value is out of its bounds
    public FleetProperties {
        if (name != null && name.length() > MAX_NAME_CHARS) {
            throw new IllegalArgumentException(
                    "fairlead.name: " + name.length() + " characters (expected: at most " + MAX_NAME_CHARS + ")");
        }
        registries = List.copyOf(registries);
        linkSecret(secret);
    }

    /// A new one at each call: its count is of those who were refused with it.
    @Nullable LinkSecret linkSecret() {
        return linkSecret(secret);
    }

    private static @Nullable LinkSecret linkSecret(@Nullable String text) {
        return LinkSecret.ofNullable("fairlead.secret", text);
    }

    /// Without the secret.
    @Override
    public String toString() {
        return "FleetProperties[name=" + name + ", registries=" + registries + ", secret="
                + (linkSecret() == null ? "none" : "set") + "]";
    }

    String nameOrDefault() {
        return name != null && !name.isBlank()
                ? name
                : "gateway-" + ProcessHandle.current().pid();
    }
}
