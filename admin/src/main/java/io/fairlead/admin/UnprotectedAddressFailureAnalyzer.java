package io.fairlead.admin;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says which property opens the door, and how to close it.
final class UnprotectedAddressFailureAnalyzer extends AbstractFailureAnalyzer<UnprotectedAddressException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnprotectedAddressException cause) {
        return new FailureAnalysis(
                String.valueOf(cause.getMessage()),
                "Set fairlead.admin.password (environment: FAIRLEAD_ADMIN_PASSWORD) to a password of 8 bytes at least,"
                        + " or " + cause.property() + " to a loopback address.",
                cause);
    }
}
