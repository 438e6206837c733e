package io.fairlead.starter.autoconfigure;

import io.fairlead.starter.FairleadStartException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

/// TLS of links from Spring Boot's SSL bundles. A name of null is a plain link.
final class LinkTls {
    private final ObjectProvider<SslBundles> bundles;

    LinkTls(ObjectProvider<SslBundles> bundles) {
        this.bundles = bundles;
    }

    /// For links that come in: shows the bundle's key.
    @Nullable SslContext server(@Nullable String name) {
        if (name == null) {
            return null;
        }
        SslBundle bundle = bundle(name);
        if (bundle.getStores().getKeyStore() == null) {
            throw new FairleadStartException(
                    "fairlead.worker.ssl.bundle: the SSL bundle '" + name + "' has no key to show to gateways",
                    "Give spring.ssl.bundle.*." + name + " a keystore.");
        }
        try {
            return with(
                    SslContextBuilder.forServer(bundle.getManagers().getKeyManagerFactory())
                            .trustManager(bundle.getManagers().getTrustManagerFactory()),
                    bundle);
        } catch (SSLException | RuntimeException e) {
            throw unusable("fairlead.worker.ssl.bundle", name, e);
        }
    }

    /// For links that this process opens: believes whom the bundle trusts if the certificate names the host, and
    /// shows its key if it has one.
    @Nullable SslContext client(@Nullable String name) {
        if (name == null) {
            return null;
        }
        SslBundle bundle = bundle(name);
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .endpointIdentificationAlgorithm("HTTPS")
                    .trustManager(bundle.getManagers().getTrustManagerFactory());
            if (bundle.getStores().getKeyStore() != null) {
                builder.keyManager(bundle.getManagers().getKeyManagerFactory());
            }
            return with(builder, bundle);
        } catch (SSLException | RuntimeException e) {
            throw unusable("fairlead.ssl.bundle", name, e);
        }
    }

    private SslBundle bundle(String name) {
        return bundles.getObject().getBundle(name);
    }

    private static SslContext with(SslContextBuilder builder, SslBundle bundle) throws SSLException {
        String[] ciphers = bundle.getOptions().getCiphers();
        if (ciphers != null) {
            builder.ciphers(Arrays.asList(ciphers));
        }
        String[] protocols = bundle.getOptions().getEnabledProtocols();
        if (protocols != null) {
            builder.protocols(protocols);
        }
        return builder.build();
    }

    private static FairleadStartException unusable(String property, String name, Exception cause) {
        return new FairleadStartException(
                property + ": the SSL bundle '" + name + "' cannot be used for links: " + cause.getMessage(),
                "Check the key, certificates and trusted certificates of spring.ssl.bundle.*." + name + ".",
                cause);
    }
}
