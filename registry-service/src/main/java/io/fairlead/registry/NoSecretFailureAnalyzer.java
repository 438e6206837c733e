package io.fairlead.registry;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says which property opens the door, and how to close it.
final class NoSecretFailureAnalyzer extends AbstractFailureAnalyzer<NoSecretException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NoSecretException cause) {
        return new FailureAnalysis(
                String.valueOf(cause.getMessage()),
                "Set fairlead.secret (environment: FAIRLEAD_SECRET) to one secret in all registries, gateways and"
                        + " workers of the suite, at least 16 characters, as `openssl rand -hex 32` prints; or"
                        + " fairlead.registry.bind-address to a loopback address.",
                cause);
    }
}
