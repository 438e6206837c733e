package io.fairlead.registry;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Explains a port for links that is in use, or an address that this host does not have.
final class LinkPortFailureAnalyzer extends AbstractFailureAnalyzer<LinkPortException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, LinkPortException cause) {
        return new FailureAnalysis(
                "The registry did not start: " + cause.getMessage(),
                "Stop what listens at port " + cause.port() + ", or set fairlead.registry.port to another port (0 = any"
                        + " free one); make sure that fairlead.registry.bind-address, " + cause.bindAddress()
                        + ", is an address of this host.",
                cause);
    }
}
