package io.fairlead.starter.autoconfigure;

import io.fairlead.starter.FairleadService;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.inbox.Fingerprint;
import io.fairlead.starter.inbox.FingerprintKind;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.inbox.InboxProperties;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;

/// The inbox on the application's `DataSource` and its transaction manager. The worker opens it if a method
/// keeps keys.
@AutoConfiguration(
        after = {FairleadAutoConfiguration.class, FairleadInboxStoreAutoConfiguration.class},
        before = FairleadWorkerAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration"
        })
@ConditionalOnBooleanProperty(name = "fairlead.worker.enabled", matchIfMissing = true)
@ConditionalOnBean(annotation = FairleadService.class)
@EnableConfigurationProperties(InboxProperties.class)
public final class FairleadInboxAutoConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JdbcTemplate.class)
    @ConditionalOnSingleCandidate(DataSource.class)
    static class OnDataSource {
        @Bean
        @ConditionalOnMissingBean
        @ConditionalOnSingleCandidate(PlatformTransactionManager.class)
        Inbox fairleadInbox(
                DataSource dataSource,
                PlatformTransactionManager manager,
                InboxProperties properties,
                ObjectProvider<Fingerprint> fingerprint,
                ProcessName name) {
            return new Inbox(
                    dataSource, manager, properties, fingerprint.getIfUnique(() -> FingerprintKind.PAYLOAD), name);
        }
    }
}
