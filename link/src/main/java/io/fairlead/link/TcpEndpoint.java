package io.fairlead.link;

import io.fairlead.integration.netty.NettyConnectionObserver;
import io.fairlead.integration.netty.NettyTcpConnection;
import io.fairlead.integration.netty.ReadBatch;
import io.netty.util.AttributeKey;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.integration.ip.tcp.connection.AbstractConnectionFactory;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.integration.ip.tcp.outbound.TcpSendingMessageHandler;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;

/// The pair of Spring Integration adapters over a connection factory on Netty, and a [Conversation] for each of its
/// connections.
///
/// The receiving adapter's output channel is this object itself, so that the one message of a read pass goes
/// straight to its conversation; gathered bytes leave as one message a pass through the sending adapter.
/// Thread-safe; conversations live on the loops of their connections.
public final class TcpEndpoint {
    private static final Logger log = LoggerFactory.getLogger(TcpEndpoint.class);
    private static final AttributeKey<Conversation> CONVERSATION =
            AttributeKey.valueOf(TcpEndpoint.class, "conversation");

    private final Function<Opened, Conversation> conversations;
    private final TcpReceivingChannelAdapter receiver = new TcpReceivingChannelAdapter();
    private final GatheringSender sender = new GatheringSender();

    /// A connection that was opened, and the way to write to it.
    public record Opened(NettyTcpConnection connection, PassWriter writer) {}

    /// @param factory in batching mode; this endpoint becomes its listener and its sender
    /// @param conversations makes the conversation of a new connection; called on its loop
    public TcpEndpoint(AbstractConnectionFactory factory, Function<Opened, Conversation> conversations) {
        this.conversations = conversations;
        // Links work in plain Java, too, where no context brings beans or publishes events.
        BeanFactory beans = new DefaultListableBeanFactory();
        factory.setApplicationEventPublisher(event -> log.trace("{}", event));
        factory.setBeanFactory(beans);
        factory.afterPropertiesSet();
        sender.setBeanFactory(beans);
        receiver.setBeanFactory(beans);
        sender.setConnectionFactory(factory);
        sender.afterPropertiesSet();
        receiver.setConnectionFactory(factory);
        MessageChannel straight = this::deliver;
        receiver.setOutputChannel(straight);
        receiver.afterPropertiesSet();
    }

    /// For the factory's `setConnectionObserver`.
    public NettyConnectionObserver observer() {
        return new Observer();
    }

    /// Starts both adapters, and with them the factory.
    ///
    /// @throws RuntimeException if a server's address cannot be bound
    public void start() {
        sender.start();
        receiver.start();
    }

    /// Stops both adapters: all connections end at once.
    public void stop() {
        receiver.stop();
        sender.stop();
    }

    private boolean deliver(Message<?> message, long timeoutMillis) {
        NettyTcpConnection connection =
                message.getHeaders().get(NettyTcpConnection.CONNECTION_HEADER, NettyTcpConnection.class);
        if (connection != null && message.getPayload() instanceof ReadBatch batch) {
            Conversation conversation = conversation(connection);
            if (conversation != null) {
                conversation.read(batch);
            }
        }
        return true;
    }

    private static @Nullable Conversation conversation(NettyTcpConnection connection) {
        return connection.channel().attr(CONVERSATION).get();
    }

    private final class Observer implements NettyConnectionObserver {
        @Override
        public void opened(NettyTcpConnection connection) {
            PassWriter writer = new PassWriter(connection, sender);
            connection.channel().attr(CONVERSATION).set(conversations.apply(new Opened(connection, writer)));
        }

        @Override
        public void readComplete(NettyTcpConnection connection) {
            Conversation conversation = conversation(connection);
            if (conversation != null) {
                conversation.readComplete();
            }
        }

        @Override
        public void inputShutdown(NettyTcpConnection connection) {
            Conversation conversation = conversation(connection);
            if (conversation != null) {
                conversation.inputEnded();
            }
        }

        @Override
        public void writabilityChanged(NettyTcpConnection connection) {
            Conversation conversation = conversation(connection);
            if (conversation != null) {
                conversation.writabilityChanged();
            }
        }

        @Override
        public void failed(NettyTcpConnection connection, Throwable cause) {
            Conversation conversation = conversation(connection);
            if (conversation != null) {
                conversation.failed(cause);
            } else {
                connection.closeExceptionally(cause);
            }
        }

        @Override
        public void closed(NettyTcpConnection connection, @Nullable Throwable cause) {
            Conversation conversation = conversation(connection);
            if (conversation != null) {
                conversation.closed(cause);
            }
        }
    }

    /// Sends over the connection that the message holds: no look-up by id, and never a blocking connect, which Spring
    /// Integration's handler would do for a client whose shared connection has just ended.
    private static final class GatheringSender extends TcpSendingMessageHandler {
        @Override
        public void handleMessageInternal(Message<?> message) {
            if (message instanceof GatheredBytes gathered) {
                gathered.connection().send(gathered);
            } else {
                super.handleMessageInternal(message);
            }
        }
    }
}
