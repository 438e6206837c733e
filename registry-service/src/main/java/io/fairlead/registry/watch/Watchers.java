package io.fairlead.registry.watch;

import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryApi.Delta;
import io.fairlead.link.discovery.RegistryApi.Digest;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.registry.lease.Change;
import io.fairlead.wire.Hello;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All watches and the version of what they see. Not thread-safe.
public final class Watchers {
    private static final String GATEWAY = "gateway";

    /// One takes at most some 500 bytes.
    private static final int MAX_PART_GONE = 1_000;

    private final String node;
    private final int maxWatchers;
    private final Set<IncomingCall> calls = new LinkedHashSet<>();
    private long version = 1;
    private List<String> gateways = List.of();

    /// Gateways of a restarted fleet come together, and a snapshot of a large one takes tens of milliseconds. Null once
    /// it is out of date, or nobody has asked for it for long.
    private @Nullable SnapshotParts snapshot;

    /// @param node this registry's name
    /// @param maxWatchers most watches at a time
    public Watchers(String node, int maxWatchers) {
        this.node = node;
        this.maxWatchers = maxWatchers;
    }

    /// Begins a watch with a snapshot of `instances`. A gateway hears at once which others watch: until it knows, it
    /// takes itself for the only one and links to all workers.
    public void watch(IncomingCall call, Collection<Instance> instances, boolean warming) {
        if (calls.size() >= maxWatchers) {
            call.refuse(
                    Status.RESOURCE_EXHAUSTED,
                    "watchers: " + calls.size() + ", the limit (fairlead.registry.max-watchers)",
                    Duration.ofSeconds(1));
            return;
        }
        calls.add(call);
        call.onCancel(() -> {
            calls.remove(call);
            call.fail(Status.CANCELLED, "the watch was cancelled");
        });
        snapshot(instances, warming).parts().forEach(call::replyPart);
        if (isGateway(call)) {
            call.replyPart(
                    DiscoveryJson.write(new Digest(node, version, warming, instances.size(), watchingGateways())));
        }
    }

    private SnapshotParts snapshot(Collection<Instance> instances, boolean warming) {
        SnapshotParts known = snapshot;
        if (known == null || known.version() != version || known.warming() != warming) {
            known = SnapshotParts.write(node, version, warming, instances);
            snapshot = known;
        }
        return known;
    }

    /// Tells every watcher of a change.
    public void publish(Change change) {
        if (change.isEmpty()) {
            return;
        }
        snapshot = null;
        if (calls.isEmpty()) {
            version++;
            return;
        }
        List<Gone> gone = change.gone();
        while (gone.size() > MAX_PART_GONE) {
            send(new Delta(node, ++version, List.of(), gone.subList(0, MAX_PART_GONE)));
            gone = gone.subList(MAX_PART_GONE, gone.size());
        }
        send(new Delta(node, ++version, change.up(), gone));
    }

    /// Tells every watcher what it should have by now.
    public void digest(int instances, boolean warming) {
        snapshot = null;
        if (!calls.isEmpty()) {
            gateways = watchingGateways();
            send(new Digest(node, version, warming, instances, gateways));
        }
    }

    /// Whether other gateways watch than the last digest said.
    public boolean gatewaysChanged() {
        return !watchingGateways().equals(gateways);
    }

    private List<String> watchingGateways() {
        return calls.stream()
                .filter(Watchers::isGateway)
                .map(call -> call.link().peer())
                .filter(Objects::nonNull)
                .map(Hello::name)
                .distinct()
                .sorted()
                .toList();
    }

    private static boolean isGateway(IncomingCall call) {
        Hello peer = call.link().peer();
        return peer != null && GATEWAY.equals(peer.role());
    }

    /// Ends all watches.
    public void close(String why) {
        List.copyOf(calls).forEach(call -> call.fail(Status.UNAVAILABLE, why));
        calls.clear();
    }

    /// How many there are.
    public int size() {
        return calls.size();
    }

    /// Grows by one with each delta, or with each change while nobody watches.
    public long version() {
        return version;
    }

    private void send(RegistryApi.View view) {
        if (calls.isEmpty()) {
            return;
        }
        byte[] json = DiscoveryJson.write(view);
        // A copy: a slow watcher's link may end in here, and its call with it.
        List.copyOf(calls).forEach(call -> call.replyPart(json));
    }
}
