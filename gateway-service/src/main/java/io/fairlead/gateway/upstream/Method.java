package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.Picker;
import io.fairlead.gateway.call.Call;
import io.fairlead.wire.Route;

/// A method as one loop sees it: what is known of it and who offers it. The picker is replaced when the fleet
/// changes; the object stays, so that a listener keeps it. Confined to its loop.
public final class Method {
    private final Route route;
    private final byte[] routeBytes;
    private Picker<InstanceLink> picker = Picker.none();
    private boolean idempotent;

    Method(Route route) {
        this.route = route;
        this.routeBytes = route.toBytes();
    }

    /// What it is called.
    public Route route() {
        return route;
    }

    byte[] routeBytes() {
        return routeBytes;
    }

    Picker<InstanceLink> picker() {
        return picker;
    }

    /// Whether all instances that offer it say that it may be repeated.
    boolean isIdempotent() {
        return idempotent;
    }

    /// Whether this call may be repeated although it may have run.
    public boolean mayRepeat(Call call) {
        return isIdempotent();
    }

    void offeredBy(Picker<InstanceLink> instances, boolean repeatable) {
        picker = instances;
        idempotent = repeatable;
    }
}
