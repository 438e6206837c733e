package io.fairlead.gateway.listener;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.outcome.Outcomes;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.integration.netty.ProxyHeaderException;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Link;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.LinkServer;
import io.fairlead.link.LinkSettings;
import io.fairlead.wire.Hello;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listener of native clients: frames are forwarded as they are, with ids and metadata patched.
final class NativeListener implements Listener {
    private static final Logger log = LoggerFactory.getLogger(NativeListener.class);

    private final String name;
    private final ListenerProperties properties;
    private final Upstreams upstreams;
    private final Deliveries deliveries;
    private final OutcomeQuestions questions;
    private final ListenerMeter meter;
    private final Entry entry;
    private final Conversations<NativeConversation> conversations = new Conversations<>();
    private final LinkServer server;
    private volatile boolean started;

    NativeListener(
            String name,
            String bindAddress,
            ListenerProperties properties,
            Entry entry,
            LinkSettings settings,
            NettyTransport transport,
            Upstreams upstreams,
            Deliveries deliveries,
            MeterRegistry registry) {
        this.name = name;
        this.properties = properties;
        this.upstreams = upstreams;
        this.deliveries = deliveries;
        this.questions = new OutcomeQuestions(new Outcomes(deliveries, upstreams));
        this.entry = entry;
        this.meter = new ListenerMeter(registry, name, conversations::size, conversations::queuedBytes);
        this.server = new LinkServer(
                transport,
                bindAddress,
                properties.port(),
                settings,
                new Handler(),
                factory -> entry.applyTo(factory, this::refused));
    }

    private void refused(CloseReason reason, ProxyHeaderException failure) {
        meter.closed(reason);
        log.debug("Listener {}: {}", name, failure.getMessage());
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
        return started ? server.port() : -1;
    }

    @Override
    public void start() {
        server.start();
        started = true;
    }

    @Override
    public void stopAccepting() {
        server.stopAccepting();
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
        server.close();
    }

    @Override
    public Map<CloseReason, Long> closed() {
        return meter.closedByReason();
    }

    @Override
    public List<ConnectionStatus> connections() {
        return conversations.status(name);
    }

    private final class Handler implements LinkHandler {
        @Override
        public long features() {
            return Hello.REPEATS | Hello.SENDS;
        }

        @Override
        public void opened(Link link) {
            NativeConversation conversation = new NativeConversation(
                    link,
                    name,
                    properties,
                    entry.metadata(link.remoteAddress()),
                    upstreams.of(link.eventLoop()),
                    deliveries.intake(link.eventLoop()),
                    questions,
                    meter);
            link.attach(conversation);
            conversations.add(conversation);
        }

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            conversation(link).frame(buf, at);
        }

        @Override
        public boolean isIdle(Link link) {
            return conversation(link).isIdle();
        }

        @Override
        public void inputEnded(Link link) {
            conversation(link).inputEnded();
        }

        @Override
        public void writabilityChanged(Link link) {
            conversation(link).writabilityChanged();
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {
            NativeConversation conversation = conversation(link);
            conversation.closed();
            meter.closed(reason);
            log.debug("Listener {}: {} ended: {} {}", name, link.remoteAddress(), reason, detail);
            // Last: who waits for it finds it counted.
            conversations.remove(conversation);
        }

        @Override
        public void failed(String peer, CloseReason reason, String detail) {
            meter.closed(reason);
            log.debug("Listener {}: {} ended before HELLO: {} {}", name, peer, reason, detail);
        }

        private static NativeConversation conversation(Link link) {
            return (NativeConversation) Objects.requireNonNull(link.attachment());
        }
    }
}
