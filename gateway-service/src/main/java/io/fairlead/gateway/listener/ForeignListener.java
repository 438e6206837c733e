package io.fairlead.gateway.listener;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.Intake;
import io.fairlead.gateway.dialect.Dialect;
import io.fairlead.gateway.framing.FrameDecoder;
import io.fairlead.gateway.framing.Framing;
import io.fairlead.gateway.key.Correlation;
import io.fairlead.gateway.key.MessageKeys;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.integration.netty.NettyTcpServerConnectionFactory;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.CloseReason;
import io.fairlead.link.TcpEndpoint;
import io.fairlead.wire.Route;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listener of clients that know nothing of Fairlead: each message becomes a call of the bound method,
/// the reply goes back in the same framing.
final class ForeignListener implements Listener {
    private static final Logger log = LoggerFactory.getLogger(ForeignListener.class);
    private static final int HIGH_WATER_BYTES = 256 * 1024;

    /// Replies of a whole window may wait for a slow client; it is not read from meanwhile.
    private static final int MAX_QUEUED_BYTES = 64 * 1024 * 1024;

    private static final long WARN_INTERVAL_NANOS = 1_000_000_000;

    private final String name;
    private final ListenerProperties properties;
    private final Framing framing;
    private final Dialect dialect;
    private final @Nullable MessageKeys keys;
    private final @Nullable Correlation correlation;
    private final Route route;
    private final Upstreams upstreams;
    private final Deliveries deliveries;
    private final ListenerMeter meter;
    private final Entry entry;
    private final NettyTcpServerConnectionFactory factory;
    private final TcpEndpoint endpoint;
    private final Conversations<ForeignConversation> conversations = new Conversations<>();
    private final AtomicLong nextWarnNanos = new AtomicLong(System.nanoTime());
    private final LongAdder unsaid = new LongAdder();
    private volatile boolean started;

    /// @param keys what is read from each message; null = nothing
    /// @param correlation what pairs replies with requests; null = what the dialect knows
    ForeignListener(
            String name,
            String bindAddress,
            ListenerProperties properties,
            Entry entry,
            Framing framing,
            Dialect dialect,
            @Nullable MessageKeys keys,
            @Nullable Correlation correlation,
            @Nullable SslContext ssl,
            NettyTransport transport,
            Upstreams upstreams,
            Deliveries deliveries,
            MeterRegistry registry) {
        this.name = name;
        this.properties = properties;
        this.framing = framing;
        this.dialect = dialect;
        this.keys = keys;
        this.correlation = correlation;
        this.route = properties.route();
        this.upstreams = upstreams;
        this.deliveries = deliveries;
        this.entry = entry;
        this.meter = new ListenerMeter(registry, name, conversations::size, conversations::queuedBytes);
        factory = new NettyTcpServerConnectionFactory(properties.port());
        factory.setLocalAddress(bindAddress);
        factory.setTransport(transport);
        int maxMessageBytes = (int) properties.maxMessageSize().toBytes();
        factory.setPipeline(pipeline -> pipeline.addLast(framing.newDecoder(maxMessageBytes)));
        factory.setBatching(true);
        factory.setMaxConnections(properties.maxConnections());
        factory.setWriteBufferWaterMark(new WriteBufferWaterMark(HIGH_WATER_BYTES / 4, HIGH_WATER_BYTES));
        factory.setMaxBufferedBytes(MAX_QUEUED_BYTES);
        factory.setUserTimeout(properties.slowReaderTimeout());
        if (ssl != null) {
            factory.setSslContext(ssl);
        }
        entry.applyTo(factory, (reason, failure) -> {
            meter.closed(reason);
            log.debug("Listener {}: {}", name, failure.getMessage());
        });
        endpoint = new TcpEndpoint(factory, this::converse);
        factory.setConnectionObserver(endpoint.observer());
    }

    private ForeignConversation converse(TcpEndpoint.Opened opened) {
        FrameDecoder decoder = opened.connection().channel().pipeline().get(FrameDecoder.class);
        ForeignConversation conversation = new ForeignConversation(
                this, opened, decoder, upstreams.of(opened.connection().eventLoop()), meter);
        conversations.add(conversation);
        return conversation;
    }

    Framing framing() {
        return framing;
    }

    Dialect dialect() {
        return dialect;
    }

    Route route() {
        return route;
    }

    /// Where messages are kept if they are not called.
    Intake intake(EventLoop loop) {
        return deliveries.intake(loop);
    }

    /// What is read from each message; null = nothing.
    @Nullable MessageKeys keys() {
        return keys;
    }

    /// What the gateway adds to the metadata of a connection's calls; what it adds to each comes behind it.
    byte[] addedMetadata(String remoteAddress) {
        return keys == null ? entry.metadata(remoteAddress) : entry.metadataWithoutIdentity(remoteAddress);
    }

    /// Whether a reply names the request that it is to answer, or the request cannot be named.
    boolean isReply(ByteBuf request, ByteBuf reply) {
        Correlation settings = correlation;
        String key = settings == null ? dialect.requestKey(request) : settings.requestKey(request);
        return key == null || key.equals(settings == null ? dialect.replyKey(reply) : settings.replyKey(reply));
    }

    void ended(ForeignConversation conversation, CloseReason reason, String detail) {
        meter.closed(reason);
        if (reason == CloseReason.CANNOT_REFUSE || reason == CloseReason.INTERNAL_ERROR) {
            warn(conversation, reason, detail);
        } else {
            log.debug("Listener {}: {} ended: {} {}", name, conversation.remoteAddress(), reason, detail);
        }
        // Last: who waits for it finds it counted.
        conversations.remove(conversation);
    }

    /// At most once a second: an outage ends many connections for one reason.
    private void warn(ForeignConversation conversation, CloseReason reason, String detail) {
        long now = System.nanoTime();
        long next = nextWarnNanos.get();
        if (now - next >= 0 && nextWarnNanos.compareAndSet(next, now + WARN_INTERVAL_NANOS)) {
            long more = unsaid.sumThenReset();
            log.warn(
                    "Listener {}: {} closed: {}: {}{}",
                    name,
                    conversation.remoteAddress(),
                    reason,
                    detail,
                    more == 0 ? "" : " (and " + more + " more since the last such line)");
        } else {
            unsaid.increment();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ListenerProperties properties() {
        return properties;
    }

    @Override
    public int port() {
        return started ? factory.getPort() : -1;
    }

    @Override
    public void start() {
        upstreams.loops().forEach(loop -> loop.loop().execute(() -> loop.bind(route)));
        endpoint.start();
        started = true;
    }

    @Override
    public void stopAccepting() {
        factory.stopAccepting();
    }

    @Override
    public boolean drain(DrainPlan plan) throws InterruptedException {
        return conversations.drain(plan);
    }

    @Override
    public Optional<CompletableFuture<Void>> close(String id, boolean now) {
        return conversations.close(id, now);
    }

    @Override
    public void close() {
        started = false;
        endpoint.stop();
    }

    @Override
    public Map<CloseReason, Long> closed() {
        return meter.closedByReason();
    }

    @Override
    public List<ConnectionStatus> connections() {
        return conversations.status(name);
    }
}
