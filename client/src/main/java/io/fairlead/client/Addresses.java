package io.fairlead.client;

import java.net.InetSocketAddress;

/// Reads `host:port`.
final class Addresses {
    private static final int MAX_PORT = 65_535;

    private Addresses() {}

    /// Not resolved: a name is looked up at each connect.
    ///
    /// @param text a name, an IPv4 address, or an IPv6 address in brackets, then `:` and a port
    /// @throws IllegalArgumentException if it is none of that
    static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        int port = port(text.substring(colon + 1));
        if (host.isBlank() || port < 1 || (!bracketed && host.indexOf(':') >= 0)) {
            throw new IllegalArgumentException(
                    "address: '" + text + "' (expected: host:port, such as gateway.example:7400 or [::1]:7400)");
        }
        return InetSocketAddress.createUnresolved(host, port);
    }

    private static int port(String digits) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int port = Integer.parseInt(digits);
        return port <= MAX_PORT ? port : -1;
    }
}
