package io.fairlead.gateway.listener;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.dialect.Dialect;
import io.fairlead.gateway.dialect.DialectSettings;
import io.fairlead.gateway.dialect.Dialects;
import io.fairlead.gateway.framing.Framing;
import io.fairlead.gateway.framing.FramingSpec;
import io.fairlead.gateway.framing.Framings;
import io.fairlead.gateway.key.Correlation;
import io.fairlead.gateway.key.MessageKeys;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.integration.netty.AcceptRamp;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;

/// Makes listeners from their settings.
public final class ListenerFactory {
    private final String bindAddress;
    private final Framings framings;
    private final Dialects dialects;
    private final @Nullable SslBundles sslBundles;
    private final LinkSettings settings;
    private final NettyTransport transport;
    private final Upstreams upstreams;
    private final Deliveries deliveries;
    private final MeterRegistry meters;
    private final @Nullable AcceptRamp ramp;

    /// @param sslBundles needed by listeners that name a bundle
    /// @param ramp how fast connections are accepted at first; null = as fast as they come
    public ListenerFactory(
            String bindAddress,
            Framings framings,
            Dialects dialects,
            @Nullable SslBundles sslBundles,
            LinkSettings settings,
            NettyTransport transport,
            Upstreams upstreams,
            Deliveries deliveries,
            MeterRegistry meters,
            @Nullable AcceptRampProperties ramp) {
        this.bindAddress = bindAddress;
        this.framings = framings;
        this.dialects = dialects;
        this.sslBundles = sslBundles;
        this.settings = settings;
        this.transport = transport;
        this.upstreams = upstreams;
        this.deliveries = deliveries;
        this.meters = meters;
        this.ramp = ramp == null ? null : ramp.ramp();
    }

    /// A listener that is not started.
    ///
    /// @throws ListenerException if the settings do not fit together
    public Listener create(String name, ListenerProperties properties) {
        try {
            SslContext ssl = ssl(properties.sslBundle());
            Entry entry = new Entry(name, properties, ramp);
            if (properties.isNative()) {
                // Clients are not of the suite, and do not know its secret.
                LinkSettings ofListener = settings.withMaxConnections(properties.maxConnections())
                        .withSslContext(ssl)
                        .withSecret(null);
                return new NativeListener(
                        name, bindAddress, properties, entry, ofListener, transport, upstreams, deliveries, meters);
            }
            Framing framing = framings.of(
                    new FramingSpec(properties.framing(), properties.lengthIncludesHeader(), properties.terminator()));
            DialectSettings spoken = new DialectSettings(
                    properties.dialect(), properties.textTemplate(), properties.ackTemplate(), properties.iso8583());
            Dialect dialect = properties.isSend() ? dialects.acknowledging(spoken) : dialects.of(spoken);
            MessageKeys keys = properties.keys().messageKeys(name, properties.iso8583());
            Correlation correlation = correlation(properties, dialect);
            return new ForeignListener(
                    name,
                    bindAddress,
                    properties,
                    entry,
                    framing,
                    dialect,
                    keys,
                    correlation,
                    ssl,
                    transport,
                    upstreams,
                    deliveries,
                    meters);
        } catch (RuntimeException e) {
            throw new ListenerException(name, String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable Correlation correlation(ListenerProperties properties, Dialect dialect) {
        Correlation correlation = properties.keys().correlation(properties.iso8583());
        boolean correlated = properties.replies() == ListenerProperties.ReplyOrder.CORRELATED;
        if (correlated && correlation == null && !dialect.correlates()) {
            throw new IllegalArgumentException("replies: correlated (expected: in-order, because the dialect '"
                    + dialect.name() + "' knows no key that pairs a reply with its request): change it, or say with"
                    + " keys.correlation where the key stands, for example json:/id");
        }
        if (!correlated && correlation != null) {
            throw new IllegalArgumentException("keys.correlation: "
                    + properties.keys().correlation() + " (expected: none with replies: in-order, where nothing is"
                    + " paired by keys): remove it or set replies: correlated");
        }
        return correlation;
    }

    private @Nullable SslContext ssl(@Nullable String bundle) {
        if (bundle == null) {
            return null;
        }
        if (sslBundles == null) {
            throw new IllegalArgumentException(
                    "ssl.bundle: '" + bundle + "' (expected: a bundle below spring.ssl.bundle)");
        }
        return new JdkSslContext(
                sslBundles.getBundle(bundle).createSslContext(),
                false,
                null,
                IdentityCipherSuiteFilter.INSTANCE,
                ApplicationProtocolConfig.DISABLED,
                ClientAuth.OPTIONAL,
                null,
                false);
    }
}
