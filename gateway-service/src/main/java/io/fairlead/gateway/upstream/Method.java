package io.fairlead.gateway.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.gateway.balance.Picker;
import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.LatencyQuantile;
import io.fairlead.gateway.call.WaitingCalls;
import io.fairlead.link.discovery.KeyOffer;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import org.jspecify.annotations.Nullable;

/// A method as one loop sees it: what is known of it and who offers it. The picker is replaced when the fleet
/// changes; the object stays, so that a listener keeps it. Confined to its loop.
public final class Method {
    private static final byte[] IDEMPOTENCY_KEY = Metadata.IDEMPOTENCY_KEY.getBytes(US_ASCII);

    private final Route route;
    private final byte[] routeBytes;
    private final WaitingCalls waiting;
    private final @Nullable LatencyQuantile latency;
    private Picker<InstanceLink> picker = Picker.none();
    private Promises promises = Promises.NONE;
    private boolean offered;
    private boolean bound;
    private long timeoutNanos = Long.MAX_VALUE;

    /// What all instances that offer a method say of it.
    ///
    /// @param idempotent it may be repeated
    /// @param once it may be repeated with a key
    /// @param timeoutMillis the longest that a call of it may take; 0 = as long as its caller likes
    /// @param keys where all of them keep keys, and for how long at least; null if some do not keep any
    /// @param keysApart whether they keep keys in different stores: then nobody knows all of them
    record Promises(
            boolean idempotent,
            boolean once,
            long timeoutMillis,
            @Nullable KeyOffer keys,
            boolean keysApart) {
        static final Promises NONE = new Promises(false, false, 0, null, false);

        /// Of what the gateway itself asks.
        static final Promises OWN = new Promises(true, false, 0, null, false);

        static Promises of(MethodOffer offer) {
            return new Promises(offer.idempotent(), offer.once(), offer.timeoutMillis(), offer.keys(), false);
        }

        /// What two instances both say.
        Promises and(Promises other) {
            return new Promises(
                    idempotent && other.idempotent,
                    once && other.once,
                    timeoutMillis == 0 || other.timeoutMillis == 0
                            ? timeoutMillis + other.timeoutMillis
                            : Math.min(timeoutMillis, other.timeoutMillis),
                    both(keys, other.keys),
                    keysApart || other.keysApart || areApart(keys, other.keys));
        }

        private static @Nullable KeyOffer both(@Nullable KeyOffer one, @Nullable KeyOffer other) {
            return one == null || other == null
                    ? null
                    : new KeyOffer(
                            one.store(),
                            Math.min(one.retentionMillis(), other.retentionMillis()),
                            one.receives() && other.receives());
        }

        private static boolean areApart(@Nullable KeyOffer one, @Nullable KeyOffer other) {
            return one != null && other != null && !one.store().equals(other.store());
        }
    }

    /// @param maxWaiting calls that may wait for an instance to have room
    /// @param latency kept of methods that are hedged
    Method(Route route, int maxWaiting, @Nullable LatencyQuantile latency) {
        this.route = route;
        this.routeBytes = route.toBytes();
        this.waiting = new WaitingCalls(maxWaiting);
        this.latency = latency;
    }

    /// What it is called.
    public Route route() {
        return route;
    }

    /// The longest that a call of it may take, as its workers say; `Long.MAX_VALUE` if they say nothing.
    public long timeoutNanos() {
        return timeoutNanos;
    }

    byte[] routeBytes() {
        return routeBytes;
    }

    Picker<InstanceLink> picker() {
        return picker;
    }

    /// Whether all instances that offer it say that it may be repeated.
    boolean isIdempotent() {
        return promises.idempotent();
    }

    /// Whether this call may be repeated although it may have run: its method is idempotent, or runs once for
    /// each key and the call has one.
    public boolean mayRepeat(Call call) {
        return promises.idempotent() || (promises.once() && !promises.keysApart() && call.hasMetadata(IDEMPOTENCY_KEY));
    }

    /// Whether it is known also while nobody offers it.
    public boolean isBound() {
        return bound;
    }

    void bind() {
        bound = true;
    }

    /// Whether somebody offers it at the moment.
    public boolean isOffered() {
        return offered;
    }

    /// Whether it takes durable messages: all instances that offer it say so.
    public boolean receives() {
        KeyOffer keys = promises.keys();
        return keys != null && keys.receives();
    }

    /// Whether its calls run once for each key: all instances that offer it say so.
    boolean isOnce() {
        return promises.once();
    }

    /// How long every instance keeps a key after its effect; 0 if one keeps none.
    public long keyRetentionMillis() {
        KeyOffer keys = promises.keys();
        return keys == null ? 0 : keys.retentionMillis();
    }

    /// Whether its instances keep keys in stores of their own, so that the same key could have an effect at
    /// each.
    public boolean keepsKeysApart() {
        return promises.keysApart();
    }

    /// Whether a call may not run at all: it asks for one effect, and its method could not promise it.
    boolean isAgainstItsKey(Call call) {
        return promises.keysApart() && promises.once() && call.hasMetadata(IDEMPOTENCY_KEY);
    }

    /// The calls that wait for an instance to have room.
    WaitingCalls waiting() {
        return waiting;
    }

    /// Null unless it is hedged.
    @Nullable LatencyQuantile latency() {
        return latency;
    }

    @SuppressWarnings("ReferenceEquality") // what nobody said is one object
    void offeredBy(Picker<InstanceLink> instances, Promises said) {
        picker = instances;
        promises = said;
        offered = said != Promises.NONE;
        timeoutNanos = said.timeoutMillis() == 0 ? Long.MAX_VALUE : said.timeoutMillis() * 1_000_000;
    }
}
