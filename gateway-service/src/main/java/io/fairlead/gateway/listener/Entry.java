package io.fairlead.gateway.listener;

import io.fairlead.integration.netty.AcceptRamp;
import io.fairlead.integration.netty.NettyTcpServerConnectionFactory;
import io.fairlead.integration.netty.ProxyHeaderException;
import io.fairlead.integration.netty.ProxyProtocol;
import io.fairlead.link.CloseReason;
import io.fairlead.wire.Metadata;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// How connections come in at a listener: how fast after the start, and whether a balancer says whose they
/// are.
final class Entry {
    /// A balancer sends its header at once; it waits for nobody.
    private static final Duration HEADER_TIMEOUT = Duration.ofSeconds(5);

    private final String listener;
    private final ListenerProperties properties;
    private final @Nullable AcceptRamp ramp;
    private final List<IpSubnetFilterRule> trusted;

    /// @throws IllegalArgumentException if a trusted address is malformed
    Entry(String listener, ListenerProperties properties, @Nullable AcceptRamp ramp) {
        this.listener = listener;
        this.properties = properties;
        this.ramp = ramp;
        this.trusted = properties.proxyProtocolFrom().stream().map(Entry::rule).toList();
    }

    private static IpSubnetFilterRule rule(String cidr) {
        try {
            boolean one = cidr.indexOf('/') < 0;
            return new IpSubnetFilterRule(
                    one ? cidr + (cidr.indexOf(':') < 0 ? "/32" : "/128") : cidr, IpFilterRuleType.ACCEPT);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "proxy-protocol-from: '" + cidr + "' (expected: addresses or subnets, such as 10.0.0.0/8)", e);
        }
    }

    private boolean isTrusted(InetSocketAddress peer) {
        return trusted.stream().anyMatch(rule -> rule.matches(peer));
    }

    /// @param refused told of each connection that was closed because of its PROXY protocol header
    void applyTo(NettyTcpServerConnectionFactory factory, BiConsumer<CloseReason, ProxyHeaderException> refused) {
        factory.setAcceptRamp(ramp);
        if (properties.proxyProtocol() != ListenerProperties.ProxyMode.NONE) {
            Duration firstByte = properties.firstByteTimeout();
            factory.setProxyProtocol(new ProxyProtocol(
                    properties.proxyProtocol() == ListenerProperties.ProxyMode.REQUIRED,
                    this::isTrusted,
                    firstByte.compareTo(HEADER_TIMEOUT) < 0 ? firstByte : HEADER_TIMEOUT,
                    (peer, failure) -> refused.accept(reason(failure), failure)));
        }
    }

    private static CloseReason reason(ProxyHeaderException failure) {
        return switch (failure.reason()) {
            case TIMEOUT -> CloseReason.PROXY_HEADER_TIMEOUT;
            case MISSING, MALFORMED -> CloseReason.BAD_PROXY_HEADER;
            case UNTRUSTED -> CloseReason.UNTRUSTED_PROXY;
        };
    }

    /// What the gateway adds to the metadata of a connection's calls: behind a balancer also who the client
    /// is.
    byte[] metadata(String remoteAddress) {
        return metadata(remoteAddress, Map.of(Metadata.IDENTITY, listener));
    }

    /// As [#metadata(String)], for listeners that read the identity from each message: all but that.
    byte[] metadataWithoutIdentity(String remoteAddress) {
        return metadata(remoteAddress, Map.of());
    }

    private byte[] metadata(String remoteAddress, Map<String, String> first) {
        Map<String, String> added = new LinkedHashMap<>(first);
        if (properties.proxyProtocol() != ListenerProperties.ProxyMode.NONE) {
            added.put(Metadata.CLIENT_ADDRESS, remoteAddress);
        }
        return Metadata.of(added).toBytes();
    }
}
