package io.fairlead.link.discovery;

import io.fairlead.wire.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The registry's service: its routes and its payloads, which [DiscoveryJson] reads and writes.
public final class RegistryApi {
    /// Takes an [Instance], answers [LeaseTerms].
    public static final Route REGISTER = Route.parse("fairlead.registry/register");

    /// Takes a [Renewal], answers [LeaseTerms].
    public static final Route RENEW = Route.parse("fairlead.registry/renew");

    /// Takes a [Leaving], answers an empty object.
    public static final Route LEAVE = Route.parse("fairlead.registry/leave");

    /// Takes an empty object, answers a stream of [View]s.
    public static final Route WATCH = Route.parse("fairlead.registry/watch");

    /// Takes a [Listening], answers a stream of [Wish]es.
    public static final Route WISHES = Route.parse("fairlead.registry/wishes");

    /// Asks a worker itself: takes an empty object, answers a stream of its [Instance], as it is and after each change.
    public static final Route OFFERS = Route.parse("fairlead.worker/offers");

    /// Most instances in one part of a snapshot.
    public static final int MAX_PART_INSTANCES = 500;

    private RegistryApi() {}

    /// How long an instance stays listed without renewal, and how often it is to renew, in milliseconds.
    public record LeaseTerms(long leaseMillis, long renewMillis) {
        /// The longest time between two renewals.
        public static final long MAX_RENEW_MILLIS = 3_600_000;

        /// @throws IllegalArgumentException if a value is out of its bounds
        public LeaseTerms {
            Bounds.range("renewMillis", renewMillis, 1, MAX_RENEW_MILLIS);
            Bounds.range("leaseMillis", leaseMillis, renewMillis, 86_400_000);
        }
    }

    /// An instance is still there.
    ///
    /// @param revision of the state and the weight
    /// @param state what it is now; null = as it was
    /// @param weight what it is now; 0 = as it was
    public record Renewal(
            String instance,
            long epoch,
            long revision,
            @Nullable InstanceState state,
            int weight,
            int inFlight) {
        /// @throws IllegalArgumentException if a value is out of its bounds
        public Renewal {
            Bounds.text("instance", instance, 1, Instance.MAX_NAME_CHARS);
            Bounds.range("epoch", epoch, 1, Long.MAX_VALUE);
            Bounds.range("revision", revision, 0, Long.MAX_VALUE);
            Bounds.range("weight", weight, 0, 1_000);
            Bounds.range("inFlight", inFlight, 0, Integer.MAX_VALUE);
        }

        /// What the instance is now, if nothing later is known of it already.
        public Instance applyTo(Instance before) {
            Instance counted = before.withInFlight(inFlight);
            return revision < before.revision()
                    ? counted
                    : counted.changed(
                            revision, state == null ? before.state() : state, weight == 0 ? before.weight() : weight);
        }
    }

    /// An instance goes.
    public record Leaving(String instance, long epoch) {
        /// @throws IllegalArgumentException if a value is out of its bounds
        public Leaving {
            Bounds.text("instance", instance, 1, Instance.MAX_NAME_CHARS);
            Bounds.range("epoch", epoch, 1, Long.MAX_VALUE);
        }
    }

    /// An instance asks to be told what an admin wants of it.
    public record Listening(String instance, long epoch) {
        /// @throws IllegalArgumentException if a value is out of its bounds
        public Listening {
            Bounds.text("instance", instance, 1, Instance.MAX_NAME_CHARS);
            Bounds.range("epoch", epoch, 1, Long.MAX_VALUE);
        }
    }

    /// An instance is no longer listed.
    public record Gone(String instance, long epoch, GoneReason reason) {
        /// @throws IllegalArgumentException if a value is out of its bounds
        public Gone {
            Bounds.text("instance", instance, 1, Instance.MAX_NAME_CHARS);
            reason = orExpired(reason);
        }

        /// A reason that is missing is the weakest one.
        private static GoneReason orExpired(@Nullable GoneReason reason) {
            return reason == null ? GoneReason.EXPIRED : reason;
        }
    }

    /// Why an instance is no longer listed.
    public enum GoneReason {
        /// It said so.
        LEFT,
        /// It has not renewed.
        EXPIRED,
        /// A later incarnation of the same name registered.
        REPLACED
    }

    /// What a watch brings.
    public sealed interface View {
        /// The registry's name.
        String node();

        /// Counts the changes of one run of a registry.
        long version();
    }

    /// Part of all that a registry lists.
    ///
    /// @param warming the registry is too young to know every instance
    /// @param last whether this part completes the snapshot
    public record Snapshot(String node, long version, boolean warming, boolean last, List<Instance> instances)
            implements View {
        /// Copies the list.
        public Snapshot {
            instances = Bounds.list(instances);
        }
    }

    /// A change: those that are gone go first, then those that are up come or change.
    public record Delta(String node, long version, List<Instance> up, List<Gone> gone) implements View {
        /// Copies the lists.
        public Delta {
            up = Bounds.list(up);
            gone = Bounds.list(gone);
        }
    }

    /// What a watcher should have by now.
    ///
    /// @param instances how many
    /// @param gateways names of the gateways that watch now, so that they can share out large fleets; may be empty
    public record Digest(String node, long version, boolean warming, int instances, List<String> gateways)
            implements View {
        /// Copies the list.
        public Digest {
            gateways = Bounds.list(gateways);
        }

        /// A digest without gateways.
        public Digest(String node, long version, boolean warming, int instances) {
            this(node, version, warming, instances, List.of());
        }
    }
}
