package io.fairlead.test;

import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.platform.commons.support.AnnotationSupport;

/// Lets a [ContainerTest] run, skips it, or lets it fail.
final class ContainerCondition implements ExecutionCondition {
    private static final String REQUIRED = "FAIRLEAD_REQUIRE_CONTAINERS";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        // One engine and one line for all tests of a run
        Store store = context.getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(ContainerCondition.class));
        DockerEngine engine =
                store.computeIfAbsent(DockerEngine.class, key -> new DockerEngine("docker"), DockerEngine.class);
        // Methods and nested classes without the annotation are asked for, too: their class was let through.
        Optional<String> missing = context.getElement()
                .flatMap(element -> AnnotationSupport.findAnnotation(element, ContainerTest.class))
                .flatMap(test -> engine.missing(test.images()));
        ConditionEvaluationResult result = decide(missing, Boolean.parseBoolean(System.getenv(REQUIRED)));
        missing.ifPresent(reason -> store.computeIfAbsent(reason, ContainerCondition::say));
        return result;
    }

    /// @throws ExtensionConfigurationException if something is missing that is required
    static ConditionEvaluationResult decide(Optional<String> missing, boolean required) {
        if (missing.isPresent() && required) {
            throw new ExtensionConfigurationException(missing.get() + ", which " + REQUIRED + "=true forbids");
        }
        return missing.map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled("containers can be started"));
    }

    private static String say(String reason) {
        System.err.println(reason);
        return reason;
    }
}
