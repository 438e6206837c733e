package io.fairlead.link.discovery;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One running worker as it registers itself. Immutable.
///
/// @param instance name, unique among the workers of a fleet, 1 to 128 characters
/// @param epoch tells incarnations apart: milliseconds of the start × 1,000 + a random number below 1,000; 0 = not
///     chosen yet, which only [Registration] takes
/// @param revision raised by the instance at each change of its own state or weight within an epoch, so that the latest
///     word counts wherever it is heard; 0 = nothing has changed yet
/// @param host where it listens for links, as gateways reach it
/// @param port likewise, 1 to 65,535
/// @param zone where it runs, at most 128 characters; empty = unknown
/// @param weight share of calls beside its peers, 1 to 1,000; 100 is usual
/// @param capacity calls it takes at a time, at least 1
/// @param state whether it takes new calls
/// @param inFlight calls it had when it last said so
/// @param services copied
public record Instance(
        String instance,
        long epoch,
        long revision,
        String host,
        int port,
        String zone,
        int weight,
        int capacity,
        InstanceState state,
        int inFlight,
        List<ServiceOffer> services) {
    /// The longest name of an instance or a zone.
    public static final int MAX_NAME_CHARS = 128;

    /// @throws IllegalArgumentException if a value is out of its bounds; the message names it
    public Instance {
        Bounds.text("instance", instance, 1, MAX_NAME_CHARS);
        Bounds.range("epoch", epoch, 0, Long.MAX_VALUE);
        Bounds.range("revision", revision, 0, Long.MAX_VALUE);
        Bounds.text("host", host, 1, 255);
        Bounds.range("port", port, 1, 65_535);
        zone = Bounds.text("zone", orElse(zone, ""), 0, MAX_NAME_CHARS);
        Bounds.range("weight", weight, 1, 1_000);
        Bounds.range("capacity", capacity, 1, Integer.MAX_VALUE);
        state = orElse(state, InstanceState.UP);
        Bounds.range("inFlight", inFlight, 0, Integer.MAX_VALUE);
        services = Bounds.list(services);
    }

    /// An instance of which nothing has changed yet.
    public Instance(
            String instance,
            long epoch,
            String host,
            int port,
            String zone,
            int weight,
            int capacity,
            InstanceState state,
            int inFlight,
            List<ServiceOffer> services) {
        this(instance, epoch, 0, host, port, zone, weight, capacity, state, inFlight, services);
    }

    /// This instance with another epoch.
    public Instance withEpoch(long other) {
        return new Instance(instance, other, revision, host, port, zone, weight, capacity, state, inFlight, services);
    }

    /// This instance at another address.
    public Instance at(String otherHost, int otherPort) {
        return new Instance(
                instance, epoch, revision, otherHost, otherPort, zone, weight, capacity, state, inFlight, services);
    }

    boolean isAt(String otherHost, int otherPort) {
        return port == otherPort && host.equals(otherHost);
    }

    /// `host:port`.
    public String address() {
        return host + ":" + port;
    }

    /// This instance with what its renewal says of it.
    public Instance changed(long otherRevision, InstanceState otherState, int otherWeight) {
        return new Instance(
                instance,
                epoch,
                otherRevision,
                host,
                port,
                zone,
                otherWeight,
                capacity,
                otherState,
                inFlight,
                services);
    }

    /// This instance with another number of calls in flight.
    public Instance withInFlight(int calls) {
        return new Instance(instance, epoch, revision, host, port, zone, weight, capacity, state, calls, services);
    }

    /// Which of two words about an instance counts: above 0 if this one is later than the other, by (epoch, revision).
    public int compareAge(Instance other) {
        int byEpoch = Long.compare(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch : Long.compare(revision, other.revision);
    }

    /// Whether this and the other differ in more than the calls in flight, which change all the time.
    public boolean differsFrom(Instance other) {
        return !(inFlight == other.inFlight ? this : withInFlight(other.inFlight)).equals(other);
    }

    /// Absence in JSON.
    private static <T> T orElse(@Nullable T value, T otherwise) {
        return value != null ? value : otherwise;
    }
}
