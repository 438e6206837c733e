package io.fairlead.gateway;

import java.net.InetSocketAddress;

/// Reads `host:port` from the settings.
final class HostAndPort {
    private HostAndPort() {}

    static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (colon > 0 && port >= 1 && port <= 65_535) {
                return InetSocketAddress.createUnresolved(text.substring(0, colon), port);
            }
        } catch (NumberFormatException e) {
            // Said below, together with ports out of range.
        }
        throw new IllegalArgumentException("address: '" + text + "' (expected: host:port, port 1 to 65535)");
    }
}
