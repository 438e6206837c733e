package io.fairlead.cli.suite;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Where a gateway is. One port tells all: the others are as far from their defaults as it is from its own.
///
/// @param host a name or an address; IPv6 without brackets
/// @param port that of the native listener
public record GatewayAddress(String host, int port) {
    private static final Pattern NOTATION =
            Pattern.compile("(?:(?<name>[\\w.-]+)|\\[(?<ipv6>[\\p{XDigit}:.]+)])(?::(?<port>\\d{1,5}))?");
    private static final String NATIVE = "native";
    private static final int DEFAULT = first(NATIVE);
    private static final int LEAST = DEFAULT + 1 - firsts().min().orElseThrow();
    private static final int MOST = DEFAULT + 65_535 - firsts().max().orElseThrow();

    /// A gateway of a suite on this machine.
    public static GatewayAddress of(SuiteProcess gateway) {
        return new GatewayAddress("127.0.0.1", gateway.port(NATIVE));
    }

    /// @param text `HOST` or `HOST:PORT`
    /// @throws IllegalArgumentException if it is neither
    public static GatewayAddress parse(String text) {
        Matcher matcher = NOTATION.matcher(text.strip());
        int port = 0;
        if (matcher.matches()) {
            port = matcher.group("port") == null ? DEFAULT : Integer.parseInt(matcher.group("port"));
        }
        if (port < LEAST || port > MOST) {
            throw new IllegalArgumentException(
                    "gateway: '" + text + "' (expected: HOST or HOST:PORT with the port of its " + "native listener, "
                            + LEAST + " to " + MOST + ", such as gateway-1 or localhost:7410)");
        }
        String name = matcher.group("name");
        return new GatewayAddress(name == null ? matcher.group("ipv6") : name, port);
    }

    /// @param text several, with commas between them
    /// @throws IllegalArgumentException as [#parse]
    public static List<GatewayAddress> parseAll(String text) {
        return Arrays.stream(text.split(",", -1)).map(GatewayAddress::parse).toList();
    }

    /// A listener by its name, not resolved: a gateway that comes back may have another address.
    public InetSocketAddress listener(String name) {
        return InetSocketAddress.createUnresolved(host, moved(name));
    }

    URI admin() {
        return URI.create("http://" + bracketed() + ":" + moved("http"));
    }

    /// `HOST:PORT`, as native clients take it.
    @Override
    public String toString() {
        return bracketed() + ":" + port;
    }

    private int moved(String name) {
        return first(name) + port - DEFAULT;
    }

    private String bracketed() {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private static int first(String name) {
        return Service.GATEWAY.ports().stream()
                .filter(each -> each.name().equals(name))
                .mapToInt(Service.Port::first)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "port: " + name + " (expected: one of a gateway's " + Service.GATEWAY.ports() + ")"));
    }

    private static IntStream firsts() {
        return Service.GATEWAY.ports().stream().mapToInt(Service.Port::first);
    }
}
