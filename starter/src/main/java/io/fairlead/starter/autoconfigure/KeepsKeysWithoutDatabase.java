package io.fairlead.starter.autoconfigure;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;
import java.lang.reflect.Method;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/// Whether a method of a [FairleadService] keeps keys, and the settings name no database.
final class KeepsKeysWithoutDatabase extends SpringBootCondition implements ConfigurationCondition {
    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        ConditionMessage.Builder message = ConditionMessage.forCondition("Fairlead's embedded inbox");
        Environment environment = context.getEnvironment();
        for (String property : new String[] {"spring.datasource.url", "spring.datasource.jndi-name"}) {
            if (environment.containsProperty(property)) {
                return ConditionOutcome.noMatch(message.because(property + " is set"));
            }
        }
        ConfigurableListableBeanFactory beans = context.getBeanFactory();
        if (beans != null) {
            for (String name : beans.getBeanNamesForAnnotation(FairleadService.class)) {
                Class<?> type = beans.getType(name, false);
                if (type != null && keepsKeys(ClassUtils.getUserClass(type))) {
                    return ConditionOutcome.match(message.because(type.getName() + " keeps keys"));
                }
            }
        }
        return ConditionOutcome.noMatch(message.because("no method is once or has @Receive"));
    }

    private static boolean keepsKeys(Class<?> type) {
        for (Method method : ReflectionUtils.getAllDeclaredMethods(type)) {
            Call call = AnnotatedElementUtils.findMergedAnnotation(method, Call.class);
            if ((call != null && call.once()) || AnnotatedElementUtils.hasAnnotation(method, Receive.class)) {
                return true;
            }
        }
        return false;
    }
}
