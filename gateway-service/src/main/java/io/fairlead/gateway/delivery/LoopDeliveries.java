package io.fairlead.gateway.delivery;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.RetryBudget;
import io.fairlead.gateway.journal.Changes;
import io.fairlead.gateway.journal.Journal;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.gateway.upstream.Method;
import io.fairlead.link.Backoff;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The messages of one loop's lanes, in memory and on their way to workers. Confined to the loop.
///
/// ```
///  accepted, loaded ─▶ its turn? ──no──▶ waits for the message of its key before it
///                        │ yes
///                        ▼          ┌──── back-off ◀── failed, no room
///                      deliverable ─┴▶ running ──▶ committed ──▶ DONE
///                        ▲               │   └─▶ refused for good, or failed too often ──▶ DEAD
///                        └ route opens ◀─┘       lost with its worker too often ──▶ QUARANTINED
///                          (nobody there)
/// ```
///
/// **Order.** Of an ordering key only the oldest message is deliverable; the next one is when that one has
/// ended, however often it is repeated. All other messages go in parallel.
///
/// **Suspects.** A message whose attempt ended with its worker may be what ended it. Suspects are delivered
/// one at a time, so that the next crash has one suspect, and those that were only there at the wrong time
/// are soon cleared.
///
/// **Memory.** What does not fit waits on disk ([Overflow]).
final class LoopDeliveries {
    private static final long MIN_BLOCK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long MAX_BLOCK_NANOS = TimeUnit.SECONDS.toNanos(2);

    /// Statuses by which a handler says that the same message will never do.
    private static final Set<Status> FINAL = Set.of(
            Status.INVALID_ARGUMENT,
            Status.NOT_FOUND,
            Status.ALREADY_EXISTS,
            Status.PERMISSION_DENIED,
            Status.FAILED_PRECONDITION,
            Status.OUT_OF_RANGE,
            Status.UNIMPLEMENTED,
            Status.DATA_LOSS);

    private final Deliveries shared;
    private final Journal journal;
    private final LoopUpstreams upstreams;
    private final DeliveryProperties properties;
    private final RandomGenerator random;

    /// A lost attempt is repeated here, and counted, not by the calls' own rules.
    private final RetryBudget noRepeats = new RetryBudget(0, 0, System.nanoTime());

    private final Overflow overflow;
    private final int maxInFlight;

    private final Map<Long, Delivery> memory = new HashMap<>();
    private final Map<String, ArrayDeque<Delivery>> orders = new HashMap<>();
    private final Map<Route, RouteQueue> routes = new LinkedHashMap<>();
    private final ArrayDeque<Delivery> suspects = new ArrayDeque<>();
    private Map<Integer, Long> lanes = Map.of();
    private long leaseNanos;

    private int running;
    private int pauses;
    private boolean suspectRunning;
    private boolean stopping;
    private boolean pumpScheduled;

    /// @param loops among which the gateway's limits are shared
    LoopDeliveries(
            Deliveries shared,
            Journal journal,
            LoopUpstreams upstreams,
            DeliveryProperties properties,
            int loops,
            RandomGenerator random) {
        this.shared = shared;
        this.journal = journal;
        this.upstreams = upstreams;
        this.properties = properties;
        this.random = random;
        this.overflow = new Overflow(
                Math.max(1, properties.memoryMessages() / loops),
                properties.memoryBytes().toBytes() / loops);
        this.maxInFlight = Math.max(1, properties.maxInFlight() / loops);
        this.leaseNanos = System.nanoTime();
    }

    EventLoop loop() {
        return upstreams.loop();
    }

    // What comes in.

    /// The lanes that this loop delivers now, until the lease ends.
    void lanes(Map<Integer, Long> owned, long untilNanos) {
        Map<Integer, Long> before = lanes;
        boolean more = !before.entrySet().containsAll(owned.entrySet());
        lanes = owned;
        leaseNanos = untilNanos;
        for (Delivery delivery : List.copyOf(memory.values())) {
            Integer lane = delivery.message().lane();
            // A lane that was lost and is back has another token: another gateway may have ended what is here.
            if (!delivery.isRunning() && !Objects.equals(owned.get(lane), before.get(lane))) {
                forget(delivery);
            }
        }
        if (more) {
            overflow.behind();
        }
        load();
        pump();
    }

    /// These are on disk.
    void accepted(List<Message> messages) {
        for (Message message : messages) {
            if (shared.isKnown(message.id())) {
                continue; // A read has found it before, and it may have been handled by now.
            }
            // Another gateway may have accepted one of the same key before it: the store alone knows their order.
            boolean orderedByAll = shared.storeIsShared() && message.orderingKey() != null;
            boolean mine = lanes.containsKey(message.lane());
            if (overflow.takes(message.binding().route().service(), mine && !orderedByAll)) {
                add(message);
            }
        }
        load();
        pump();
    }

    private void add(Message message) {
        if (memory.containsKey(message.id())) {
            return;
        }
        ArrayDeque<Delivery> order = message.orderingKey() == null ? null : order(message);
        Delivery delivery = new Delivery(this, message, route(message.binding().route()), order);
        memory.put(message.id(), delivery);
        overflow.held(delivery);
        shared.known(message.id());
        if (order != null) {
            order.add(delivery);
        }
        if (order == null || order.peek() == delivery) {
            offer(delivery);
        }
    }

    private ArrayDeque<Delivery> order(Message message) {
        return orders.computeIfAbsent(orderOf(message), key -> new ArrayDeque<>(2));
    }

    private static String orderOf(Message message) {
        return message.binding().route().service() + '/' + message.orderingKey();
    }

    private RouteQueue route(Route route) {
        return routes.computeIfAbsent(
                route, key -> new RouteQueue(upstreams.bind(key), overflow.share(key.service()), maxInFlight));
    }

    /// It is its turn: now, or when its time has come.
    private void offer(Delivery delivery) {
        long wait = delivery.message().dueMillis() - shared.nowMillis();
        if (delivery.message().dueMillis() != 0 && wait > 0) {
            later(delivery, TimeUnit.MILLISECONDS.toNanos(wait));
        } else if (delivery.isSuspect()) {
            suspects.add(delivery);
        } else {
            delivery.route().add(delivery);
        }
    }

    private void later(Delivery delivery, long nanos) {
        loop().schedule(
                        () -> {
                            if (!delivery.isEnded()) {
                                if (delivery.isSuspect()) {
                                    suspects.add(delivery);
                                } else {
                                    delivery.route().addFirst(delivery);
                                }
                                pump();
                            }
                        },
                        nanos,
                        TimeUnit.NANOSECONDS);
    }

    // Reading what waits on disk.

    /// Reads what waits on disk, if something may and there is room.
    void load() {
        Overflow.Read read = stopping || lanes.isEmpty() ? null : overflow.begin();
        if (read != null) {
            shared.load(this, lanes.keySet(), read);
        }
    }

    /// Another gateway, or an uncertain commit, may have left something on disk.
    void look() {
        overflow.behind();
        load();
        pump();
    }

    /// What was read.
    void loaded(List<Message> messages, Overflow.Read read) {
        // Known by now: somebody ends it in the store at this moment.
        messages.stream()
                .filter(message -> lanes.containsKey(message.lane()) && !shared.isKnown(message.id()))
                .forEach(this::add);
        overflow.read(read, messages.isEmpty());
        load();
        pump();
    }

    /// The store could not be read; it is tried again with the next look.
    void notLoaded() {
        overflow.notRead();
    }

    /// Time is over for those of these that are in memory here; those that are running end by themselves.
    void expired(List<Changes.End> ends) {
        for (Changes.End end : ends) {
            Delivery delivery = memory.get(end.id());
            if (delivery != null && !delivery.isRunning()) {
                end(delivery, MessageState.EXPIRED, end.reason());
            }
        }
        pump();
    }

    // Delivering.

    void pause() {
        pauses++;
    }

    void resume() {
        if (--pauses == 0) {
            pumpSoon();
        }
    }

    private void pumpSoon() {
        if (!pumpScheduled) {
            pumpScheduled = true;
            loop().execute(() -> {
                pumpScheduled = false;
                pump();
            });
        }
    }

    /// Delivers as much as may be.
    private void pump() {
        if (stopping || pauses > 0 || leaseNanos - upstreams.nowNanos() <= 0 || journal.trouble() != null) {
            return;
        }
        if (!suspectRunning && !suspects.isEmpty()) {
            pumpSuspect();
        }
        boolean more = true;
        while (more && running < maxInFlight && pauses == 0) {
            more = false;
            // One of each route in turn, so that no route waits for another's backlog.
            for (RouteQueue route : routes.values()) {
                Delivery next = route.poll();
                if (next != null) {
                    deliver(next);
                    more = true;
                }
            }
        }
    }

    private void pumpSuspect() {
        for (int i = suspects.size(); i > 0; i--) {
            Delivery next = suspects.remove();
            if (next.isEnded()) {
                continue;
            }
            if (!next.route().isBlocked()) {
                suspectRunning = true;
                deliver(next);
                return;
            }
            suspects.add(next);
        }
    }

    private void deliver(Delivery delivery) {
        Message message = delivery.message();
        if (message.expiresMillis() != 0 && message.expiresMillis() <= shared.nowMillis()) {
            endOfAttempt(delivery);
            end(delivery, MessageState.EXPIRED, "its time was over before it was handled");
            return;
        }
        Method method = delivery.route().method();
        String obstacle = obstacle(method);
        if (obstacle != null) {
            endOfAttempt(delivery);
            putBack(delivery);
            block(delivery.route(), obstacle);
            return;
        }
        delivery.running(true);
        delivery.token(lanes.get(message.lane()));
        delivery.route().began();
        running++;
        long now = upstreams.nowNanos();
        long timeout = Math.min(properties.attemptTimeout().toNanos(), method.timeoutNanos());
        byte[] added = attemptMetadata(message);
        ByteBuf body = Unpooled.wrappedBuffer(message.metadata(), message.payload());
        Call call = new Call(
                        delivery,
                        message.id(),
                        message.binding().route(),
                        added,
                        body,
                        0,
                        body.readableBytes(),
                        message.metadata().length,
                        message.priority(),
                        noRepeats,
                        now,
                        now + timeout)
                .asSend();
        body.release();
        upstreams.dispatch(call, method);
    }

    /// Why nobody may have messages of this method now; null if somebody may.
    private @Nullable String obstacle(Method method) {
        if (!method.isOffered()) {
            return "no instance offers " + method.route();
        }
        if (!method.receives()) {
            return method.route() + " is no @Receive method at all of its instances";
        }
        if (method.keepsKeysApart()) {
            return "instances of " + method.route()
                    + " keep their keys in stores of their own (expected: one store that all share)";
        }
        long horizonMillis = properties.horizon().toMillis();
        if (method.keyRetentionMillis() < horizonMillis) {
            return "instances of " + method.route() + " keep keys for " + method.keyRetentionMillis()
                    + " ms (expected: at least " + horizonMillis + ", the gateway's max-age and attempt-timeout): raise"
                    + " fairlead.inbox.retention or lower fairlead.gateway.delivery.max-age";
        }
        return null;
    }

    private byte[] attemptMetadata(Message message) {
        Map<String, String> added = new LinkedHashMap<>();
        added.put(Metadata.MESSAGE_ID, shared.messageId(message));
        added.put(Metadata.ATTEMPT, String.valueOf(message.attempts() + 1));
        Long token = lanes.get(message.lane());
        if (message.orderingKey() != null && token != null) {
            added.put(Metadata.FENCE, shared.storeId() + '/' + message.lane() + ':' + token);
        }
        return Metadata.of(added).toBytes();
    }

    // What came of it.

    void committed(Delivery delivery) {
        ended(delivery);
        delivery.route().succeeded();
        end(delivery, MessageState.DONE, "");
        pump();
    }

    void failed(
            Delivery delivery, Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String why) {
        ended(delivery);
        Message message = delivery.message();
        if (!Objects.equals(lanes.get(message.lane()), delivery.token())) {
            // Its lane is another gateway's now, or was: the store knows what came of it.
            forgetOrder(delivery);
            overflow.behind();
            load();
        } else if (certainlyNotRun && status == Status.UNAVAILABLE) {
            putBack(delivery);
            block(delivery.route(), why);
        } else if (certainlyNotRun && status != Status.INVALID_ARGUMENT) {
            delivery.route().full();
            later(delivery, backOffNanos(delivery.refused(), retryAfterMillis));
        } else {
            attempted(delivery, call, status, retryAfterMillis, why);
        }
        pumpSoon();
    }

    private void attempted(Delivery delivery, Call call, Status status, long retryAfterMillis, String why) {
        Message message = delivery.message();
        boolean crashed = call.isLost();
        message.failed(crashed);
        delivery.attempted();
        journal.failed(new Changes.FailedAttempt(
                message.id(),
                message.attempts(),
                shared.nowMillis(),
                call.lastInstance(),
                status.name(),
                why,
                crashed));
        if (crashed && message.crashes() >= properties.quarantineAfter()) {
            end(
                    delivery,
                    MessageState.QUARANTINED,
                    message.crashes() + " attempts ended with their worker, the last one: " + why);
        } else if (FINAL.contains(status)) {
            end(delivery, MessageState.DEAD, status + ": " + why);
        } else if (message.attempts() >= properties.maxAttempts()) {
            end(
                    delivery,
                    MessageState.DEAD,
                    message.attempts() + " attempts failed, the last one: " + status + ": " + why);
        } else {
            later(delivery, backOffNanos(message.attempts() - 1, retryAfterMillis));
        }
    }

    private long backOffNanos(int doublings, long retryAfterMillis) {
        long nanos = Backoff.nanos(
                properties.minBackOff().toNanos(), properties.maxBackOff().toNanos(), doublings, random);
        return Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(Math.min(retryAfterMillis, 3_600_000)));
    }

    private void ended(Delivery delivery) {
        delivery.running(false);
        delivery.route().ended();
        running--;
        endOfAttempt(delivery);
        if (stopping && running == 0) {
            shared.stopped(this);
        }
    }

    private void endOfAttempt(Delivery delivery) {
        if (delivery.isSuspect()) {
            suspectRunning = false;
        }
    }

    private void putBack(Delivery delivery) {
        if (delivery.isSuspect()) {
            suspects.addFirst(delivery);
        } else {
            delivery.route().addFirst(delivery);
        }
    }

    private void block(RouteQueue route, String why) {
        if (route.isBlocked()) {
            return;
        }
        int times = route.block(why);
        shared.blocked(route.method().route(), why);
        long nanos = Backoff.nanos(MIN_BLOCK_NANOS, MAX_BLOCK_NANOS, times, random);
        loop().schedule(
                        () -> {
                            route.open();
                            pump();
                        },
                        nanos,
                        TimeUnit.NANOSECONDS);
    }

    private void end(Delivery delivery, MessageState to, String reason) {
        Message message = delivery.message();
        remove(delivery);
        journal.end(
                new Changes.End(message.id(), message.binding(), MessageState.READY, to, shared.nowMillis(), reason));
        load();
    }

    /// It is another gateway's now.
    private void forget(Delivery delivery) {
        remove(delivery);
        shared.unknown(delivery.message().id());
    }

    /// It is to be read again, if it is this gateway's, and with it those behind it, which may have been read
    /// meanwhile: they would overtake it.
    private void forgetOrder(Delivery delivery) {
        ArrayDeque<Delivery> order = delivery.order();
        if (order != null) {
            List.copyOf(order).reversed().stream()
                    .filter(behind -> behind != delivery)
                    .forEach(this::forget);
        }
        forget(delivery);
    }

    private void remove(Delivery delivery) {
        delivery.end();
        delivery.route().remove(delivery);
        if (delivery.isSuspect()) {
            suspects.remove(delivery);
        }
        memory.remove(delivery.message().id());
        overflow.let(delivery);
        ArrayDeque<Delivery> order = delivery.order();
        if (order == null) {
            return;
        }
        boolean wasFirst = order.peek() == delivery;
        order.remove(delivery);
        Delivery next = order.peek();
        if (next == null) {
            orders.remove(orderOf(delivery.message()));
        } else if (wasFirst) {
            offer(next);
        }
    }

    /// Somebody ends this message in the store: it is not delivered any more, and not read again until that
    /// is done.
    ///
    /// @return false if it is being delivered right now: nothing was done
    boolean release(long id) {
        Delivery delivery = memory.get(id);
        if (delivery != null && delivery.isRunning()) {
            return false;
        }
        shared.known(id);
        if (delivery != null) {
            remove(delivery);
            load();
            pump();
        }
        return true;
    }

    /// Ends those of these that are not running; somebody has ended them in the store.
    void dropped(long id) {
        Delivery delivery = memory.get(id);
        if (delivery != null && !delivery.isRunning()) {
            forget(delivery);
            pump();
        }
    }

    // Screens and the end.

    /// What is in memory, and why routes stand still.
    DeliveryStatus status() {
        Map<String, String> blocked = new LinkedHashMap<>();
        routes.forEach((route, queue) -> {
            String why = queue.blockedBecause();
            if (why != null) {
                blocked.put(route.toString(), why);
            }
        });
        return new DeliveryStatus(memory.size(), overflow.heldBytes(), running, suspects.size(), lanes.size(), blocked);
    }

    /// Begins no more attempts; [Deliveries#stopped] when none runs.
    void stop() {
        stopping = true;
        if (running == 0) {
            shared.stopped(this);
        }
    }
}
