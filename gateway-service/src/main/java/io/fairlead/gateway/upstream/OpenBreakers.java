package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.PickArgs;
import io.fairlead.gateway.balance.Picker;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.breaker.Ejections;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.wire.Route;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Takes out of a method's choice whom open breakers keep out, and lets a few calls through to see whether they are
/// well again. On the control side: a method all of whose breakers are closed has the picker that it would have without
/// breakers. Confined to its loop.
final class OpenBreakers {
    private final Breakers breakers;

    OpenBreakers(Breakers breakers) {
        this.breakers = breakers;
    }

    /// The picker of a method.
    ///
    /// @param links whose instances offer it
    /// @param repeatable whether its calls may be repeated if a probe fails
    /// @param pickers makes the picker of those that are not kept out
    Picker<InstanceLink> picker(
            Route method,
            List<InstanceLink> links,
            boolean repeatable,
            Function<List<InstanceLink>, Picker<InstanceLink>> pickers) {
        Ejections.Decision decision = Ejections.decide(
                links.stream()
                        .filter(link -> link.instance().state() == InstanceState.UP)
                        .map(link -> link.breaker().member(link.isConnected()))
                        .toList(),
                breakers.rules());
        breakers.decided(method, decision);
        InstanceLink[] open =
                links.stream().filter(link -> !link.breaker().isClosed()).toArray(InstanceLink[]::new);
        if (open.length == 0) {
            return pickers.apply(links);
        }
        Predicate<InstanceLink> in = link -> !decision.ejected().contains(link.name());
        return new Probing(
                open, repeatable, pickers.apply(links.stream().filter(in).toList()));
    }

    /// Nobody offers the method any more.
    void gone(Route method) {
        breakers.decided(method, Ejections.Decision.NONE);
    }

    /// Why a method's picker found nobody, for the caller.
    static String nobody(Method method) {
        return method.picker() instanceof Probing probing && probing.size() == 0
                ? "the breakers of all instances of " + method.route() + " are open"
                : "no instance of " + method.route() + " is reachable";
    }

    /// Asks the open breakers before it chooses among the others.
    private static final class Probing implements Picker<InstanceLink> {
        private final InstanceLink[] open;
        private final boolean repeatable;
        private final Picker<InstanceLink> others;

        Probing(InstanceLink[] open, boolean repeatable, Picker<InstanceLink> others) {
            this.open = open;
            this.repeatable = repeatable;
            this.others = others;
        }

        @Override
        public @Nullable InstanceLink pick(PickArgs args, long nowNanos) {
            for (InstanceLink link : open) {
                if (link.isAvailable(nowNanos)
                        && link.hasRoom(nowNanos)
                        && !args.hasTried(link)
                        && link.breaker().tryProbe(repeatable, nowNanos)) {
                    return link;
                }
            }
            return others.pick(args, nowNanos);
        }

        @Override
        public int size() {
            return others.size();
        }
    }
}
