package io.fairlead.starter.autoconfigure;

import io.fairlead.starter.FairleadStartException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/// Shows [FairleadStartException]s as Spring Boot's failure report. Before Boot's own analyzers, which would take one
/// about a setting for a general binding error.
@Order(Ordered.HIGHEST_PRECEDENCE)
final class FairleadStartFailureAnalyzer extends AbstractFailureAnalyzer<FairleadStartException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, FairleadStartException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), rootFailure);
    }
}
