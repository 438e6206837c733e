package io.fairlead.registry;

/// Others than this machine could open links, and there is no secret. Explained to people by
/// [NoSecretFailureAnalyzer].
final class NoSecretException extends RuntimeException {
    NoSecretException(String bindAddress) {
        super("fairlead.registry.bind-address: " + bindAddress
                + " (expected: a loopback address such as 127.0.0.1, because fairlead.secret is not set)");
    }
}
