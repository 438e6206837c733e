package io.fairlead.starter.autoconfigure;

import io.fairlead.link.LinkSecret;
import io.fairlead.starter.FairleadStartException;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings that all parts of Fairlead in an application share.
///
/// @param name name of this process in logs, on screens and in the registry, unique in the fleet, at most 128
///     characters. Default: spring.application.name and a random suffix.
/// @param registries addresses of all registries, host:port each. A worker registers with every one of them. Empty =
///     register nowhere.
/// @param secret that all processes of a suite share, at least 16 characters: links are opened only with processes that
///     prove they know it. Needed where fairlead.worker.bind-address is reached from other machines. Not set = with
///     whoever is there.
/// @param ssl encryption of the links that this process opens.
/// @since 0.1
@ConfigurationProperties("fairlead")
public record FairleadProperties(
        @Nullable String name,
        @DefaultValue("127.0.0.1:7500") List<String> registries,
        @Nullable String secret,
        @DefaultValue Ssl ssl) {

    private static final int MAX_NAME_CHARS = 128;

    /// @throws FairleadStartException if a value is malformed
    public FairleadProperties {
        if (name != null && (name.isBlank() || name.length() > MAX_NAME_CHARS)) {
            throw FairleadStartException.property(
                    "fairlead.name", "'" + name + "'", "1 to " + MAX_NAME_CHARS + " characters");
        }
        registries = List.copyOf(registries);
        registries.forEach(FairleadProperties::address);
        linkSecret(secret);
    }

    /// A new one at each call: its count is of those who were refused with it.
    @Nullable LinkSecret linkSecret() {
        return linkSecret(secret);
    }

    private static @Nullable LinkSecret linkSecret(@Nullable String text) {
        try {
            return LinkSecret.ofNullable("fairlead.secret", text);
        } catch (IllegalArgumentException e) {
            throw new FairleadStartException(
                    String.valueOf(e.getMessage()), "Change the value of fairlead.secret, in all processes.", e);
        }
    }

    /// Without the secret.
    @Override
    public String toString() {
        return "FairleadProperties[name=" + name + ", registries=" + registries + ", secret="
                + (linkSecret() == null ? "none" : "set") + ", ssl=" + ssl + "]";
    }

    /// The registries' addresses, unresolved: names are looked up at each connect.
    List<InetSocketAddress> registryAddresses() {
        return registries.stream().map(FairleadProperties::address).toList();
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon).strip();
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            host = ""; // IPv6 without brackets: where the port begins is a guess
        }
        int port;
        try {
            port = Integer.parseInt(text.substring(colon + 1).strip());
        } catch (NumberFormatException e) {
            port = -1;
        }
        if (host.isEmpty() || port < 1 || port > 65_535) {
            throw FairleadStartException.property(
                    "fairlead.registries", "'" + text + "'", "host:port, such as 127.0.0.1:7500 or [::1]:7500");
        }
        return InetSocketAddress.createUnresolved(host, port);
    }

    /// Encryption of links.
    ///
    /// @param bundle name of the SSL bundle (`spring.ssl.bundle.*`) whose trust decides which peers are believed.
    ///     Links are plain if it is not set.
    public record Ssl(@Nullable String bundle) {}
}
