package io.fairlead.benchmarks.factories;

import static java.util.Objects.requireNonNull;

import io.fairlead.integration.netty.NettyTcpConnection;
import io.fairlead.integration.netty.NettyTcpServerConnectionFactory;
import io.fairlead.integration.netty.ReadBatch;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpNetServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpNioServerConnectionFactory;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.integration.ip.tcp.outbound.TcpSendingMessageHandler;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;
import org.springframework.messaging.Message;

/// Sends each message of 4-byte length framing back on its own connection, through Spring Integration's channel
/// adapters.
///
/// Properties: `echo.port`, and `echo.factory`: `net`, `nio` (Spring Integration's own), `netty` (in their place, with
/// the same serializer), `netty-batch` (all messages of a read pass in one, cut by Netty's decoder).
@SpringBootApplication(exclude = DataSourceAutoConfiguration.class)
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
            case "netty" -> new NettyTcpServerConnectionFactory(port);
            case "netty-batch" -> batching(new NettyTcpServerConnectionFactory(port));
            default ->
                throw new IllegalArgumentException(
                        "echo.factory: " + factory + " (expected: net, nio, netty or netty-batch)");
        };
        connections.setLocalAddress("127.0.0.1");
        connections.setBacklog(BACKLOG);
        connections.setSoTcpNoDelay(true);
        connections.setSerializer(framing());
        connections.setDeserializer(framing());
        return connections;
    }

    private static NettyTcpServerConnectionFactory batching(NettyTcpServerConnectionFactory connections) {
        connections.setBatching(true);
        connections.setPipeline(
                pipeline -> pipeline.addLast(new LengthFieldBasedFrameDecoder(MAX_MESSAGE_BYTES, 0, Integer.BYTES)));
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
    IntegrationFlow echo(
            @Value("${echo.factory}") String factory,
            TcpReceivingChannelAdapter receiver,
            TcpSendingMessageHandler sender) {
        if (factory.equals("netty-batch")) {
            return IntegrationFlow.from(receiver).handle(EchoServer::echoBatch).get();
        }
        return IntegrationFlow.from(receiver).handle(sender).get();
    }

    /// Writes what has come as it is: its length is still before it.
    private static void echoBatch(Message<?> message) {
        NettyTcpConnection connection = requireNonNull(
                message.getHeaders().get(NettyTcpConnection.CONNECTION_HEADER, NettyTcpConnection.class));
        ReadBatch batch = (ReadBatch) message.getPayload();
        for (int i = 0; i < batch.size(); i++) {
            connection.write((ByteBuf) batch.take(i));
        }
    }

    private static ByteArrayLengthHeaderSerializer framing() {
        ByteArrayLengthHeaderSerializer framing = new ByteArrayLengthHeaderSerializer();
        framing.setMaxMessageSize(MAX_MESSAGE_BYTES);
        return framing;
    }
}
