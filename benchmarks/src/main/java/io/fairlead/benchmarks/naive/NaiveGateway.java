package io.fairlead.benchmarks.naive;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.ip.tcp.connection.CachingClientConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorFactoryChain;
import org.springframework.integration.ip.tcp.connection.TcpNetClientConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpNetServerConnectionFactory;
import org.springframework.integration.ip.tcp.inbound.TcpInboundGateway;
import org.springframework.integration.ip.tcp.outbound.TcpOutboundGateway;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;
import org.springframework.messaging.MessageChannel;

/// Accepts clients, hands each request to one of two workers in turn, and waits for the answer.
///
/// The balancing is what a `DirectChannel` does when two handlers subscribe to it: round robin, and the other
/// one when the first throws. A connection to a worker carries one request at a time, so they are pooled.
///
/// Properties: `naive.port`; `naive.worker1`, `naive.worker2` (ports on the loopback address); `naive.pool`
/// (connections to each worker); `naive.timeout-millis`.
@SpringBootApplication(exclude = DataSourceAutoConfiguration.class)
class NaiveGateway {
    private static final int BACKLOG = 4096; // Spring Integration's default of 5 refuses or delays bursts of connects
    private static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

    public static void main(String[] args) {
        SpringApplication.run(NaiveGateway.class, args);
    }

    @Bean
    TcpNetServerConnectionFactory clients(@Value("${naive.port}") int port) {
        TcpNetServerConnectionFactory factory = new TcpNetServerConnectionFactory(port);
        factory.setLocalAddress("127.0.0.1");
        factory.setBacklog(BACKLOG);
        factory.setSoTcpNoDelay(true);
        factory.setSerializer(framing());
        factory.setDeserializer(framing());
        return factory;
    }

    @Bean
    TcpInboundGateway fromClients(
            TcpNetServerConnectionFactory clients, @Value("${naive.timeout-millis}") long timeoutMillis) {
        TcpInboundGateway gateway = new TcpInboundGateway();
        gateway.setConnectionFactory(clients);
        gateway.setReplyTimeout(timeoutMillis);
        return gateway;
    }

    @Bean
    IntegrationFlow frames(TcpInboundGateway fromClients) {
        return IntegrationFlow.from(fromClients)
                .<byte[], Boolean>route(
                        frame -> NaiveFrames.type(frame) == NaiveFrames.REQUEST,
                        types -> types.channelMapping(true, "workers")
                                .subFlowMapping(
                                        false, flow -> flow.handle(byte[].class, (frame, headers) -> own(frame))))
                .get();
    }

    /// What the gateway answers by itself: HELLO and PING.
    private static byte[] own(byte[] frame) {
        return switch (NaiveFrames.type(frame)) {
            case NaiveFrames.HELLO -> NaiveFrames.hello();
            case NaiveFrames.PING -> NaiveFrames.pong(frame);
            default ->
                throw new IllegalArgumentException(
                        "frame type: " + NaiveFrames.type(frame) + " (expected: HELLO, PING or REQUEST)");
        };
    }

    @Bean
    MessageChannel workers() {
        return new DirectChannel();
    }

    @Bean
    CachingClientConnectionFactory worker1(
            @Value("${naive.worker1}") int port,
            @Value("${naive.pool}") int poolSize,
            ApplicationEventPublisher events) {
        return pool(port, poolSize, events);
    }

    @Bean
    CachingClientConnectionFactory worker2(
            @Value("${naive.worker2}") int port,
            @Value("${naive.pool}") int poolSize,
            ApplicationEventPublisher events) {
        return pool(port, poolSize, events);
    }

    @Bean
    @ServiceActivator(inputChannel = "workers")
    TcpOutboundGateway toWorker1(
            CachingClientConnectionFactory worker1, @Value("${naive.timeout-millis}") long timeoutMillis) {
        return outbound(worker1, timeoutMillis);
    }

    @Bean
    @ServiceActivator(inputChannel = "workers")
    TcpOutboundGateway toWorker2(
            CachingClientConnectionFactory worker2, @Value("${naive.timeout-millis}") long timeoutMillis) {
        return outbound(worker2, timeoutMillis);
    }

    private static CachingClientConnectionFactory pool(int port, int poolSize, ApplicationEventPublisher events) {
        TcpNetClientConnectionFactory factory = new TcpNetClientConnectionFactory("127.0.0.1", port);
        factory.setSoTcpNoDelay(true);
        factory.setSerializer(framing());
        factory.setDeserializer(framing());
        TcpConnectionInterceptorFactoryChain interceptors = new TcpConnectionInterceptorFactoryChain();
        interceptors.setInterceptor(new TcpConnectionInterceptorFactory[] {() -> new WorkerHandshake(events)});
        factory.setInterceptorFactoryChain(interceptors);
        return new CachingClientConnectionFactory(factory, poolSize);
    }

    private static TcpOutboundGateway outbound(CachingClientConnectionFactory pool, long timeoutMillis) {
        TcpOutboundGateway gateway = new TcpOutboundGateway();
        gateway.setConnectionFactory(pool);
        gateway.setRemoteTimeout(timeoutMillis);
        return gateway;
    }

    private static ByteArrayLengthHeaderSerializer framing() {
        ByteArrayLengthHeaderSerializer framing = new ByteArrayLengthHeaderSerializer();
        framing.setMaxMessageSize(MAX_MESSAGE_BYTES);
        return framing;
    }
}
