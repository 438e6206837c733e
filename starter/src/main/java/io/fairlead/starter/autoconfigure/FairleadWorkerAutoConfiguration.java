package io.fairlead.starter.autoconfigure;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.worker.CallRecorder;
import io.fairlead.starter.worker.TransactionProtection;
import io.fairlead.starter.worker.Worker;
import io.fairlead.starter.worker.WorkerLinks;
import io.fairlead.starter.worker.WorkerProperties;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// Makes an application with a [FairleadService] a worker. Without one nothing is created and nothing listens.
@AutoConfiguration(
        after = FairleadAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
            "org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration"
        })
@ConditionalOnBooleanProperty(name = "fairlead.worker.enabled", matchIfMissing = true)
@ConditionalOnBean(annotation = FairleadService.class)
@EnableConfigurationProperties(WorkerProperties.class)
public final class FairleadWorkerAutoConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    NettyTransport fairleadTransport(WorkerProperties properties) {
        return NettyTransport.create(properties.loops(), "fairlead");
    }

    @Bean
    @ConditionalOnMissingBean
    WorkerLinks fairleadWorkerLinks(
            ProcessName name,
            FairleadProperties shared,
            WorkerProperties properties,
            ObjectProvider<SslBundles> bundles) {
        LinkSettings plain = LinkSettings.of("worker", name.value())
                .withHeartbeatInterval(properties.heartbeat())
                .withMaxFrameBytes((int) properties.maxFrameSize().toBytes())
                .withMaxConnections(properties.maxConnections())
                .withSecret(shared.linkSecret());
        LinkTls tls = new LinkTls(bundles);
        return new WorkerLinks(
                plain.withSslContext(tls.server(properties.ssl().bundle())),
                plain.withSslContext(tls.client(shared.ssl().bundle())),
                shared.registryAddresses());
    }

    /// Before the transaction managers, which Boot gives all such beans to.
    @Bean
    @ConditionalOnMissingBean
    TransactionProtection fairleadTransactionProtection() {
        return new TransactionProtection();
    }

    @Bean
    @ConditionalOnMissingBean
    Worker fairleadWorker(
            ProcessName name,
            WorkerProperties properties,
            WorkerLinks links,
            NettyTransport transport,
            ListableBeanFactory beans,
            ObjectProvider<ObjectMapper> mapper,
            ObjectProvider<CallRecorder> recorder,
            ObjectProvider<Inbox> inbox) {
        return new Worker(
                name,
                properties,
                links,
                transport,
                beans,
                mapper.getIfUnique(() -> JsonMapper.builder().build()),
                recorder.getIfAvailable(() -> CallRecorder.NONE),
                inbox.getIfUnique());
    }
}
