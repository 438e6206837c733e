package io.fairlead.gateway.journal;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says what is wrong with the journal's store instead of showing a stack trace.
final class StoreFailureAnalyzer extends AbstractFailureAnalyzer<StoreException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, StoreException cause) {
        String action = switch (cause.kind()) {
            case DAMAGED ->
                "Keep a copy of what is there, restore the last backup, and start again. Nothing has been changed.";
            case FULL -> "Make room where the journal is, or let fairlead.gateway.journal.url name another place.";
            case UNAVAILABLE, UNCERTAIN ->
                "Look at what fairlead.gateway.journal.url names, and whether this process may use it.";
        };
        return new FailureAnalysis(String.valueOf(cause.getMessage()), action, cause);
    }
}
