package io.fairlead.starter.autoconfigure;

import io.fairlead.starter.ProcessName;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/// What workers and clients share.
@AutoConfiguration
@EnableConfigurationProperties(FairleadProperties.class)
public final class FairleadAutoConfiguration {
    private static final int SUFFIX_CHARS = 6;

    @Bean
    @ConditionalOnMissingBean
    ProcessName fairleadProcessName(FairleadProperties properties, Environment environment) {
        if (properties.name() != null) {
            return new ProcessName(properties.name());
        }
        String application = environment.getProperty("spring.application.name", "application");
        String suffix = HexFormat.of().toHexDigits(RandomGenerator.getDefault().nextInt());
        return new ProcessName(application + "-" + suffix.substring(0, SUFFIX_CHARS));
    }
}
