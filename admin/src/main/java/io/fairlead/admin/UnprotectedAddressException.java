package io.fairlead.admin;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.core.env.Environment;

/// An HTTP port would be reached from other machines, and there is no password. Explained to people by
/// [UnprotectedAddressFailureAnalyzer].
final class UnprotectedAddressException extends RuntimeException {
    private final String property;

    private UnprotectedAddressException(String property, @Nullable InetAddress address) {
        super(property + ": " + (address == null ? "none, which is every address" : address.getHostAddress())
                + " (expected: a loopback address such as 127.0.0.1, because fairlead.admin.password is not set)");
        this.property = property;
    }

    /// The property that names the address.
    String property() {
        return property;
    }

    /// @throws UnprotectedAddressException if there is no account and a port is not bound to a loopback address
    static void check(
            AdminAccount account,
            ServerProperties server,
            ManagementServerProperties management,
            Environment environment) {
        if (account.exists()) {
            return;
        }
        check("server.address", server.getAddress());
        if (ManagementPortType.get(environment) == ManagementPortType.DIFFERENT) {
            check("management.server.address", management.getAddress());
        }
    }

    private static void check(String property, @Nullable InetAddress address) {
        if (address == null || !address.isLoopbackAddress()) {
            throw new UnprotectedAddressException(property, address);
        }
    }
}
