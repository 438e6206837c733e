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
import java.util.HashSet;
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
/// **Memory.** What does not fit waits on disk. From the first message that is left there until all have been
/// read, new ones are read, too, so that none overtakes another.
final class LoopDeliveries {
    private static final long MIN_BLOCK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long MAX_BLOCK_NANOS = TimeUnit.SECONDS.toNanos(2);

    /// No service has more than this share of the memory: one whose workers are away leaves room for the
    /// others.
    private static final int SERVICE_SHARE = 8;

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

    private final int maxMessages;
    private final long maxBytes;
    private final int maxInFlight;

    private final Map<Long, Delivery> memory = new HashMap<>();
    private final Map<String, ArrayDeque<Delivery>> orders = new HashMap<>();
    private final Map<Route, RouteQueue> routes = new LinkedHashMap<>();
    private final Map<String, Share> shares = new HashMap<>();
    private final ArrayDeque<Delivery> suspects = new ArrayDeque<>();
    private Map<Integer, Long> lanes = Map.of();
    private long leaseNanos;

    private long memoryBytes;
    private int running;
    private int pauses;
    private boolean suspectRunning;
    private boolean stopping;
    private boolean pumpScheduled;

    /// Messages wait on disk that are not in memory, or may.
    private boolean behind = true;

    /// Messages that were left on disk so far.
    private long left;

    private boolean loading;

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
        this.maxMessages = Math.max(1, properties.memoryMessages() / loops);
        this.maxBytes = properties.memoryBytes().toBytes() / loops;
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
            behind = true;
        }
        load();
        pump();
    }

    /// These are on disk.
    void accepted(List<Message> messages) {
        for (Message message : messages) {
            boolean orderedByAll = shared.storeIsShared() && message.orderingKey() != null;
            Share share = share(message.binding().route().service());
            if (share.isFull()) {
                share.behind(true);
                left++;
            } else if (behind || share.isBehind() || orderedByAll || isFull() || !lanes.containsKey(message.lane())) {
                // Another gateway may have accepted one of the same key before it: the store alone knows their order.
                behind = true;
                left++;
            } else {
                add(message);
            }
        }
        load();
        pump();
    }

    private boolean isFull() {
        return memory.size() >= maxMessages || memoryBytes >= maxBytes;
    }

    private void add(Message message) {
        if (memory.containsKey(message.id())) {
            return;
        }
        ArrayDeque<Delivery> order = message.orderingKey() == null ? null : order(message);
        Delivery delivery = new Delivery(this, message, route(message.binding().route()), order);
        memory.put(message.id(), delivery);
        memoryBytes += delivery.bytes();
        delivery.route().share().held(delivery.bytes());
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
                route, key -> new RouteQueue(upstreams.bind(key), share(key.service()), maxInFlight));
    }

    private Share share(String service) {
        return shares.computeIfAbsent(
                service,
                key -> new Share(Math.max(1, maxMessages / SERVICE_SHARE), Math.max(1, maxBytes / SERVICE_SHARE)));
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
        if (!behind
                || loading
                || stopping
                || lanes.isEmpty()
                || memory.size() > maxMessages / 4 * 3
                || memoryBytes > maxBytes / 4 * 3) {
            return;
        }
        loading = true;
        Set<String> full = new HashSet<>();
        int room = maxMessages - memory.size();
        shares.forEach((service, share) -> {
            if (share.isFull()) {
                full.add(service);
            }
        });
        shared.load(
                this,
                lanes.keySet(),
                full,
                Math.max(1, Math.min(room, maxMessages / SERVICE_SHARE)),
                Math.max(1, Math.min(maxBytes - memoryBytes, maxBytes / SERVICE_SHARE)),
                left);
    }

    /// Another gateway, or an uncertain commit, may have left something on disk.
    void look() {
        behind = true;
        load();
        pump();
    }

    /// What was read.
    ///
    /// @param without services that were left out
    /// @param leftBefore how many had been left on disk when it was read
    void loaded(List<Message> messages, Set<String> without, long leftBefore) {
        loading = false;
        // Known by now: somebody ends it in the store at this moment.
        messages.stream()
                .filter(message -> lanes.containsKey(message.lane()) && !shared.isKnown(message.id()))
                .forEach(this::add);
        boolean all = messages.isEmpty() && left == leftBefore;
        behind = behind && !all;
        shares.forEach((service, share) -> {
            if (without.contains(service)) {
                share.behind(true);
                behind |= share.hasRoom();
            } else if (all) {
                share.behind(false);
            }
        });
        load();
        pump();
    }

    /// The store could not be read; it is tried again with the next look.
    void notLoaded() {
        loading = false;
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
            forget(delivery);
            behind = true;
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

    private void remove(Delivery delivery) {
        delivery.end();
        delivery.route().remove(delivery);
        if (delivery.isSuspect()) {
            suspects.remove(delivery);
        }
        memory.remove(delivery.message().id());
        memoryBytes -= delivery.bytes();
        Share share = delivery.route().share();
        share.let(delivery.bytes());
        if (share.isBehind() && share.hasRoom()) {
            behind = true;
        }
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
        return new DeliveryStatus(memory.size(), memoryBytes, running, suspects.size(), lanes.size(), blocked);
    }

    /// Begins no more attempts; [Deliveries#stopped] when none runs.
    void stop() {
        stopping = true;
        if (running == 0) {
            shared.stopped(this);
        }
    }
}
