package io.fairlead.gateway.listener;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says what is wrong with a listener instead of showing a stack trace.
final class ListenerFailureAnalyzer extends AbstractFailureAnalyzer<ListenerException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ListenerException cause) {
        String key = "fairlead.gateway.listeners." + cause.listener();
        return new FailureAnalysis(
                key + ": " + cause.getMessage(),
                "Change the settings below " + key + ", or set " + key + ".enabled to false.",
                cause);
    }
}
