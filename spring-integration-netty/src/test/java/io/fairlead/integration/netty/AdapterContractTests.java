package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.expression.spel.support.StandardEvaluationContext;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.integration.ip.tcp.connection.AbstractConnectionFactory;
import org.springframework.integration.ip.tcp.connection.CachingClientConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnection;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorFactoryChain;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorSupport;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;
import org.springframework.integration.ip.tcp.connection.TcpMessageMapper;
import org.springframework.integration.ip.tcp.inbound.TcpInboundGateway;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.integration.ip.tcp.outbound.TcpOutboundGateway;
import org.springframework.integration.ip.tcp.outbound.TcpSendingMessageHandler;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLfSerializer;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.MessagingException;
import org.springframework.messaging.PollableChannel;
import org.springframework.messaging.support.ErrorMessage;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// The factories under Spring Integration's own adapters and gateways, without an application context.
class AdapterContractTests {

    private final DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
    private final Deque<Runnable> cleanUp = new ArrayDeque<>();

    @AfterEach
    void stop() {
        cleanUp.forEach(Runnable::run);
    }

    private NettyTcpServerConnectionFactory server() {
        NettyTcpServerConnectionFactory server = new NettyTcpServerConnectionFactory(0);
        server.setSerializer(new ByteArrayLfSerializer());
        server.setDeserializer(new ByteArrayLfSerializer());
        cleanUp.addFirst(server::stop);
        return server;
    }

    private NettyTcpClientConnectionFactory client(int port) {
        NettyTcpClientConnectionFactory client = new NettyTcpClientConnectionFactory("localhost", port);
        client.setSerializer(new ByteArrayLfSerializer());
        client.setDeserializer(new ByteArrayLfSerializer());
        cleanUp.addFirst(client::stop);
        return client;
    }

    private TcpReceivingChannelAdapter receive(AbstractConnectionFactory factory, MessageHandler handler) {
        DirectChannel channel = new DirectChannel();
        channel.subscribe(handler);
        TcpReceivingChannelAdapter adapter = new TcpReceivingChannelAdapter();
        adapter.setConnectionFactory(factory);
        adapter.setOutputChannel(channel);
        adapter.setBeanFactory(beans);
        adapter.afterPropertiesSet();
        cleanUp.addFirst(adapter::stop);
        return adapter;
    }

    private TcpSendingMessageHandler sender(AbstractConnectionFactory factory) {
        ExposedSender sender = new ExposedSender();
        sender.setConnectionFactory(factory);
        sender.setBeanFactory(beans);
        sender.afterPropertiesSet();
        cleanUp.addFirst(sender::stop);
        return sender;
    }

    private NettyTcpServerConnectionFactory echoServer() {
        NettyTcpServerConnectionFactory server = server();
        TcpInboundGateway gateway = new TcpInboundGateway();
        DirectChannel requests = new DirectChannel();
        requests.subscribe(request -> {
            String text = new String((byte[]) request.getPayload(), StandardCharsets.UTF_8);
            ((MessageChannel) request.getHeaders().getReplyChannel())
                    .send(new GenericMessage<>("echo:" + text, request.getHeaders()));
        });
        gateway.setConnectionFactory(server);
        gateway.setRequestChannel(requests);
        gateway.setBeanFactory(beans);
        gateway.afterPropertiesSet();
        gateway.start();
        cleanUp.addFirst(gateway::stop);
        return server;
    }

    private TcpOutboundGateway outboundGateway(NettyTcpClientConnectionFactory client, PollableChannel replies) {
        TcpOutboundGateway gateway = new TcpOutboundGateway();
        gateway.setConnectionFactory(client);
        gateway.setReplyChannel(replies);
        gateway.setIntegrationEvaluationContext(new StandardEvaluationContext());
        gateway.setRemoteTimeout(5000);
        gateway.setBeanFactory(beans);
        gateway.afterPropertiesSet();
        gateway.start();
        cleanUp.addFirst(gateway::stop);
        return gateway;
    }

    private static String text(Message<?> message) {
        assertThat(message).isNotNull();
        return new String((byte[]) message.getPayload(), StandardCharsets.UTF_8);
    }

    private static TcpConnectionInterceptorFactoryChain interceptors(TcpConnectionInterceptorFactory... factories) {
        TcpConnectionInterceptorFactoryChain chain = new TcpConnectionInterceptorFactoryChain();
        chain.setInterceptors(factories);
        return chain;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void receivingAndSendingAdaptersEchoAndForgetTheConnection(int interceptors) throws IOException {
        NettyTcpServerConnectionFactory server = server();
        TcpConnectionInterceptorFactory[] chain = new TcpConnectionInterceptorFactory[interceptors];
        Arrays.fill(chain, (TcpConnectionInterceptorFactory) PassingInterceptor::new);
        server.setInterceptorFactoryChain(interceptors(chain));
        ExposedSender sender = (ExposedSender) sender(server);
        TcpReceivingChannelAdapter receiver = receive(server, sender);
        receiver.start();
        sender.start();
        assertThat(receiver.isListening()).isTrue();
        for (boolean closedByServer : new boolean[] {false, true}) {
            try (Socket socket = Sockets.connectTo(server)) {
                Sockets.send(socket, "one\ntwo\n");
                assertThat(Sockets.receive(socket, 8)).isEqualTo("one\ntwo\n");
                assertThat(sender.known()).hasSize(1);
                if (closedByServer) {
                    server.closeConnection(server.getOpenConnectionIds().get(0));
                    assertThat(Sockets.receiveAll(socket)).isEmpty();
                }
            }
            await().untilAsserted(() -> assertThat(sender.known()).isEmpty());
            assertThat(server.getOpenConnectionIds()).isEmpty();
        }
    }

    @Test
    void gatewaysExchangeRequestAndReply() {
        NettyTcpServerConnectionFactory server = echoServer();
        QueueChannel replies = new QueueChannel();
        TcpOutboundGateway gateway = outboundGateway(client(server.getPort()), replies);
        for (int i = 0; i < 100; i++) {
            gateway.handleMessage(new GenericMessage<>("m" + i));
            assertThat(text(replies.receive(5000))).isEqualTo("echo:m" + i);
        }
    }

    @Test
    void singleUseConnectionsCloseAfterTheReply() {
        NettyTcpServerConnectionFactory server = echoServer();
        NettyTcpClientConnectionFactory client = client(server.getPort());
        client.setSingleUse(true);
        QueueChannel replies = new QueueChannel();
        TcpOutboundGateway gateway = outboundGateway(client, replies);
        for (int i = 0; i < 3; i++) {
            gateway.handleMessage(new GenericMessage<>("m" + i));
            assertThat(text(replies.receive(5000))).isEqualTo("echo:m" + i);
        }
        await().untilAsserted(() -> assertThat(client.getOpenConnectionIds()).isEmpty());
        await().untilAsserted(() -> assertThat(server.getOpenConnectionIds()).isEmpty());
    }

    @Test
    void outboundGatewayLearnsAtOnceThatThePeerHasClosed() {
        NettyTcpServerConnectionFactory server = server();
        server.registerListener(
                message -> server.closeConnection((String) message.getHeaders().get(IpHeaders.CONNECTION_ID)));
        server.start();
        TcpOutboundGateway gateway = outboundGateway(client(server.getPort()), new QueueChannel());
        gateway.setRemoteTimeout(60_000);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThatThrownBy(() -> gateway.handleMessage(new GenericMessage<>("x")))
                        .isInstanceOf(MessagingException.class)
                        .hasRootCauseMessage("Connection is closed"));
    }

    @Test
    void interceptorsNegotiateOnBothSides() {
        NettyTcpServerConnectionFactory server = server();
        server.setInterceptorFactoryChain(interceptors(HelloInterceptor::new));
        ExposedSender replier = (ExposedSender) sender(server);
        receive(server, replier).start();
        replier.start();

        NettyTcpClientConnectionFactory client = client(server.getPort());
        client.setInterceptorFactoryChain(interceptors(HelloInterceptor::new));
        QueueChannel received = new QueueChannel();
        receive(client, received::send).start();
        TcpSendingMessageHandler sender = sender(client);
        sender.start();
        sender.handleMessage(new GenericMessage<>("past the hello"));
        assertThat(text(received.receive(5000))).isEqualTo("past the hello");
    }

    @Test
    void clientModeConnectsByItself() {
        NettyTcpServerConnectionFactory server = echoServer();
        NettyTcpClientConnectionFactory client = client(server.getPort());
        QueueChannel received = new QueueChannel();
        ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
        scheduler.afterPropertiesSet();
        cleanUp.addLast(scheduler::shutdown);
        TcpReceivingChannelAdapter adapter = receive(client, received::send);
        adapter.setClientMode(true);
        adapter.setRetryInterval(50);
        adapter.setTaskScheduler(scheduler);
        adapter.start();
        await().untilAsserted(() -> assertThat(adapter.isClientModeConnected()).isTrue());
        assertThat(server.getOpenConnectionIds()).hasSize(1);
    }

    @Test
    void sharedConnectionIsReplacedOnceItIsClosed() throws Exception {
        NettyTcpServerConnectionFactory server = echoServer();
        NettyTcpClientConnectionFactory client = client(server.getPort());
        client.registerListener(message -> {});
        client.start();
        TcpConnectionSupport first = client.getConnection();
        assertThat(client.getConnection()).isSameAs(first);
        first.close();
        TcpConnectionSupport second = client.getConnection();
        assertThat(second).isNotSameAs(first);
        assertThat(second.isOpen()).isTrue();
    }

    @Test
    void cachingFactoryTakesItAsTarget() {
        NettyTcpServerConnectionFactory server = echoServer();
        NettyTcpClientConnectionFactory client = client(server.getPort());
        client.setSingleUse(true);
        CachingClientConnectionFactory caching = new CachingClientConnectionFactory(client, 2);
        caching.setBeanFactory(beans);
        caching.setApplicationEventPublisher(event -> {});
        caching.afterPropertiesSet();
        cleanUp.addFirst(caching::stop);
        QueueChannel replies = new QueueChannel();
        TcpOutboundGateway gateway = new TcpOutboundGateway();
        gateway.setConnectionFactory(caching);
        gateway.setReplyChannel(replies);
        gateway.setIntegrationEvaluationContext(new StandardEvaluationContext());
        gateway.setBeanFactory(beans);
        gateway.afterPropertiesSet();
        gateway.start();
        cleanUp.addFirst(gateway::stop);
        for (int i = 0; i < 5; i++) {
            gateway.handleMessage(new GenericMessage<>("c" + i));
            assertThat(text(replies.receive(5000))).isEqualTo("echo:c" + i);
        }
        assertThat(server.getOpenConnectionIds()).hasSize(1);
    }

    @Test
    void mapperSeesEachObjectAndItsSequence() throws IOException {
        NettyTcpServerConnectionFactory server = server();
        TcpMessageMapper mapper = new TcpMessageMapper() {
            @Override
            protected Map<String, ?> supplyCustomHeaders(TcpConnection connection) {
                return Map.of("mine", "yes");
            }
        };
        mapper.setApplySequence(true);
        mapper.setBeanFactory(beans);
        server.setMapper(mapper);
        List<Message<?>> messages = new CopyOnWriteArrayList<>();
        receive(server, messages::add).start();
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "a\nb\n");
            await().untilAsserted(() -> assertThat(messages).hasSize(2));
        }
        assertThat(messages.get(1).getHeaders())
                .containsEntry(IntegrationMessageHeaderAccessor.SEQUENCE_NUMBER, 2L)
                .containsEntry("mine", "yes")
                .containsKey(IpHeaders.CONNECTION_ID);
    }

    @Test
    void listenerMayBlockOnItsExecutorInOrder() throws Exception {
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        cleanUp.addLast(executor::close);
        NettyTcpServerConnectionFactory server = server();
        server.setTaskExecutor(executor);
        ExposedSender sender = (ExposedSender) sender(server);
        List<Boolean> onLoop = new CopyOnWriteArrayList<>();
        receive(server, message -> {
                    onLoop.add(NettyTransport.onEventLoopThread());
                    sender.handleMessage(message);
                })
                .start();
        int count = 4 * MessageDispatcher.PAUSE_AT;
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < count; i++) {
            sent.append(i).append('\n');
        }
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, sent.toString());
            socket.shutdownOutput();
            assertThat(Sockets.receiveAll(socket)).isEqualTo(sent.toString());
        }
        assertThat(onLoop).hasSize(count).containsOnly(false);
        await().untilAsserted(() -> assertThat(sender.known()).isEmpty());
    }

    @Test
    void framingOfTheFactoryIsUsedBothWays() throws IOException {
        NettyTcpServerConnectionFactory server = server();
        server.setDeserializer(new ByteArrayLengthHeaderSerializer(2));
        server.setSerializer(new ByteArrayLengthHeaderSerializer(1));
        ExposedSender sender = (ExposedSender) sender(server);
        receive(server, sender).start();
        try (Socket socket = Sockets.connectTo(server)) {
            for (byte next : new byte[] {0, 3, 'a', 'b', 'c'}) {
                socket.getOutputStream().write(next);
            }
            assertThat(socket.getInputStream().readNBytes(4)).isEqualTo(new byte[] {3, 'a', 'b', 'c'});
        }
    }

    @Test
    void closedConnectionRefusesToSend() throws Exception {
        NettyTcpServerConnectionFactory server = echoServer();
        NettyTcpClientConnectionFactory client = client(server.getPort());
        client.registerListener(message -> {});
        client.start();
        TcpConnectionSupport connection = client.getConnection();
        connection.close();
        assertThatThrownBy(() -> connection.send(new GenericMessage<>("late")))
                .isInstanceOf(MessagingException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void unserializablePayloadFailsTheSend() throws Exception {
        NettyTcpServerConnectionFactory server = echoServer();
        NettyTcpClientConnectionFactory client = client(server.getPort());
        client.registerListener(message -> {});
        client.start();
        TcpConnectionSupport connection = client.getConnection();
        assertThatThrownBy(() -> connection.send(new GenericMessage<>(42))).isInstanceOf(MessagingException.class);
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void connectingOnAnEventLoopIsRefusedWithTheRemedy() throws Exception {
        NettyTransport transport = NettyTransport.create(1, "loop");
        cleanUp.addLast(transport::close);
        NettyTcpClientConnectionFactory client = client(1);
        client.setTransport(transport);
        client.start();
        assertThatThrownBy(() ->
                        transport.next().submit(() -> client.getConnection()).get(5, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use connect()");
    }

    private static final class ExposedSender extends TcpSendingMessageHandler {

        Map<String, TcpConnection> known() {
            return getConnections();
        }
    }

    private static final class PassingInterceptor extends TcpConnectionInterceptorSupport {}

    /// A greeting before the first message: the client says hello and waits for the server's answer.
    private static final class HelloInterceptor extends TcpConnectionInterceptorSupport {

        private final CountDownLatch answered = new CountDownLatch(1);

        @Override
        public void onMessage(Message<?> message) {
            if (message instanceof ErrorMessage || answered.getCount() == 0) {
                super.onMessage(message);
                return;
            }
            if (isServer()) {
                super.send(new GenericMessage<>("world!"));
            }
            answered.countDown();
        }

        @Override
        public void send(Message<?> message) {
            if (!isServer() && answered.getCount() > 0) {
                super.send(new GenericMessage<>("Hello"));
                try {
                    assertThat(answered.await(5, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            super.send(message);
        }
    }
}
