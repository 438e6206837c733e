package io.fairlead.gateway.delivery;

import io.fairlead.gateway.balance.KeyHash;
import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.journal.Acceptance;
import io.fairlead.gateway.journal.Binding;
import io.fairlead.gateway.journal.Journal;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.gateway.upstream.Method;
import io.fairlead.link.TimerWheel;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Takes the durable messages of one loop's connections to the journal, and brings back their
/// acknowledgements. Confined to its loop.
///
/// A message whose deadline passes before the disk has answered gets DEADLINE_EXCEEDED: it may be kept.
public final class Intake {
    /// Most bytes of a key in UTF-8.
    public static final int MAX_KEY_BYTES = 512;

    /// Each attempt adds its number, its fence and the message's id.
    private static final int MAX_METADATA_BYTES = Metadata.MAX_BYTES - 1024;

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Deliveries deliveries;
    private final Journal journal;
    private final DeliveryProperties properties;
    private final LoopUpstreams upstreams;
    private final TimerWheel<Call> timers;

    /// The lanes that [#lane] shares messages without an ordering key out to, of this map of claims.
    private Map<Integer, Long> claims = Map.of();

    private List<Integer> ownLanes = List.of();
    private int nextLane;

    Intake(Deliveries deliveries, Journal journal, DeliveryProperties properties, LoopUpstreams upstreams) {
        this.deliveries = deliveries;
        this.journal = journal;
        this.properties = properties;
        this.upstreams = upstreams;
        this.timers = new TimerWheel<>(upstreams.loop(), TICK_NANOS, this::late);
    }

    /// What is to be kept of a message.
    ///
    /// @param key idempotency key; null if there is none
    /// @param orderingKey null if there is none
    /// @param deliverAfterMillis 0 = at once
    /// @param expiresAfterMillis 0 = after the gateway's max-age
    /// @param metadata encoded, all that workers are to see; not copied
    /// @param payload not copied
    @SuppressWarnings("ArrayRecordComponent") // passed on and never compared
    public record Content(
            @Nullable String key,
            @Nullable String orderingKey,
            long deliverAfterMillis,
            long expiresAfterMillis,
            byte[] metadata,
            byte[] payload) {}

    /// Takes a message. Its origin, which must be a [SendOrigin], hears of the end, perhaps before this
    /// returns.
    ///
    /// @param call holds who waits, until when, and the body for a refusal; released at its end
    /// @param method that is to have it; whether anybody offers it at the moment does not matter
    public void take(Call call, Method method, Binding binding, Content content) {
        String wrong = wrong(method, content);
        if (wrong != null) {
            refuse(call, Status.INVALID_ARGUMENT, true, wrong);
            return;
        }
        if (method.isOffered() && !method.receives()) {
            refuse(
                    call,
                    Status.FAILED_PRECONDITION,
                    true,
                    method.route() + " takes calls and no durable messages (expected: a @Receive method)");
            return;
        }
        long now = deliveries.nowMillis();
        long maxAgeMillis = properties.maxAge().toMillis();
        Message message = new Message(
                binding,
                content.orderingKey() == null ? lane() : laneOf(method, content.orderingKey()),
                content.key(),
                content.orderingKey(),
                call.priority(),
                now,
                content.deliverAfterMillis() == 0 ? 0 : now + content.deliverAfterMillis(),
                now + (content.expiresAfterMillis() == 0 ? maxAgeMillis : content.expiresAfterMillis()),
                0,
                content.metadata(),
                content.payload());
        timers.add(call, call.deadlineNanos());
        String full = journal.accept(message, new Pending(call));
        if (full != null) {
            refuse(call, Status.RESOURCE_EXHAUSTED, true, full);
        } else if (content.deliverAfterMillis() > 0) {
            deliveries.delayed(message.dueMillis());
        }
    }

    private @Nullable String wrong(Method method, Content content) {
        long maxAgeMillis = properties.maxAge().toMillis();
        if (content.expiresAfterMillis() > maxAgeMillis) {
            return "expires-after: " + content.expiresAfterMillis() + " ms (expected: at most " + maxAgeMillis
                    + ", fairlead.gateway.delivery.max-age)";
        }
        if (content.deliverAfterMillis() >= maxAgeMillis) {
            return "deliver-after: " + content.deliverAfterMillis() + " ms (expected: less than " + maxAgeMillis
                    + ", fairlead.gateway.delivery.max-age)";
        }
        if (content.metadata().length > MAX_METADATA_BYTES) {
            return "metadata: " + content.metadata().length + " bytes with the gateway's (expected: at most "
                    + MAX_METADATA_BYTES + ")";
        }
        for (String key : new String[] {content.key(), content.orderingKey()}) {
            if (key != null && key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
                return "key of " + method.route() + ": " + key.length() + " characters (expected: at most "
                        + MAX_KEY_BYTES + " bytes)";
            }
            if (key != null && key.indexOf('\0') >= 0) {
                return "key of " + method.route() + ": has a NUL character (expected: none)";
            }
        }
        return null;
    }

    /// The same for the same key, in all gateways.
    private int laneOf(Method method, String orderingKey) {
        long hash = KeyHash.START;
        for (byte next : (method.route().service() + '/' + orderingKey).getBytes(StandardCharsets.UTF_8)) {
            hash = KeyHash.add(hash, next);
        }
        return (int) Long.remainderUnsigned(KeyHash.finish(hash), deliveries.lanesInAll());
    }

    /// One of this gateway's own, in turn, so that it can deliver what it has accepted.
    @SuppressWarnings("ReferenceEquality") // each claim is a map of its own
    private int lane() {
        Map<Integer, Long> now = deliveries.lanes();
        if (now != claims) {
            claims = now;
            ownLanes = new ArrayList<>(now.keySet());
        }
        nextLane = (nextLane + 1) & Integer.MAX_VALUE;
        return ownLanes.isEmpty() ? nextLane % deliveries.lanesInAll() : ownLanes.get(nextLane % ownLanes.size());
    }

    private void late(Call call) {
        long millis = (call.deadlineNanos() - call.startNanos()) / 1_000_000;
        refuse(call, Status.DEADLINE_EXCEEDED, false, "not on disk within " + millis + " ms; it may be kept");
    }

    private void refuse(Call call, Status status, boolean certainlyNotKept, String why) {
        if (call.end()) {
            timers.remove(call);
            call.origin().failed(call, status, certainlyNotKept, 0, why);
            call.release();
        }
    }

    /// The client no longer waits. Its message may be kept all the same.
    public void forget(Call call) {
        if (call.end()) {
            timers.remove(call);
            call.release();
        }
    }

    private final class Pending implements Acceptance {
        private final Call call;

        Pending(Call call) {
            this.call = call;
        }

        @Override
        public EventLoop loop() {
            return upstreams.loop();
        }

        @Override
        public void accepted(Message message) {
            if (call.end()) {
                timers.remove(call);
                ((SendOrigin) call.origin()).acknowledged(call, deliveries.messageId(message));
                call.release();
            }
        }

        @Override
        public void refused(Status status, boolean certainlyNotKept, String why) {
            refuse(call, status, certainlyNotKept, why);
        }
    }
}
