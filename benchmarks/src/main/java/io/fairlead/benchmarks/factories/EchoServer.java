package io.fairlead.benchmarks.factories;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpNetServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpNioServerConnectionFactory;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.integration.ip.tcp.outbound.TcpSendingMessageHandler;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;

/// Sends each message of 4-byte length framing back on its own connection, through Spring Integration's channel
/// adapters.
///
/// Properties: `echo.factory` (`net`, `nio`), `echo.port`.
@SpringBootApplication
class EchoServer {
    private static final int BACKLOG = 4096;
    private static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

    public static void main(String[] args) {
        SpringApplication.run(EchoServer.class, args);
    }

    @Bean
    AbstractServerConnectionFactory connections(
            @Value("${echo.factory}") String factory, @Value("${echo.port}") int port) {
        AbstractServerConnectionFactory connections = switch (factory) {
            case "net" -> new TcpNetServerConnectionFactory(port);
            case "nio" -> new TcpNioServerConnectionFactory(port);
            default -> throw new IllegalArgumentException("echo.factory: " + factory + " (expected: net or nio)");
        };
        connections.setLocalAddress("127.0.0.1");
        connections.setBacklog(BACKLOG);
        connections.setSoTcpNoDelay(true);
        connections.setSerializer(framing());
        connections.setDeserializer(framing());
        return connections;
    }

    @Bean
    TcpReceivingChannelAdapter receiver(AbstractServerConnectionFactory connections) {
        TcpReceivingChannelAdapter receiver = new TcpReceivingChannelAdapter();
        receiver.setConnectionFactory(connections);
        return receiver;
    }

    @Bean
    TcpSendingMessageHandler sender(AbstractServerConnectionFactory connections) {
        TcpSendingMessageHandler sender = new TcpSendingMessageHandler();
        sender.setConnectionFactory(connections);
        return sender;
    }

    @Bean
    IntegrationFlow echo(TcpReceivingChannelAdapter receiver, TcpSendingMessageHandler sender) {
        return IntegrationFlow.from(receiver).handle(sender).get();
    }

    private static ByteArrayLengthHeaderSerializer framing() {
        ByteArrayLengthHeaderSerializer framing = new ByteArrayLengthHeaderSerializer();
        framing.setMaxMessageSize(MAX_MESSAGE_BYTES);
        return framing;
    }
}
