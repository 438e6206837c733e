package io.fairlead.link.discovery;

import io.fairlead.link.discovery.RegistryApi.Delta;
import io.fairlead.link.discovery.RegistryApi.Digest;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import io.fairlead.link.discovery.RegistryApi.View;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What one registry or other source has said, and what that counts for. Not thread-safe; time comes in.
final class NodeView {
    /// More instances than this in one snapshot are refused.
    static final int MAX_INSTANCES = 100_000;

    /// What a registry listed when it fell silent still counts for this long: a short cut changes nothing.
    static final long SILENCE_GRACE_NANOS = TimeUnit.SECONDS.toNanos(15);

    /// How long a registry that is suddenly small or empty has no say about those it misses.
    static final long SMALL_HOLD_NANOS = TimeUnit.MINUTES.toNanos(5);

    /// What a registry has to say about one incarnation of an instance.
    enum Vote {
        LISTED,
        GONE,
        ABSTAINS
    }

    final String address;

    private String node = "";
    private String trouble = "not connected yet";
    private boolean live;
    private boolean everComplete;
    private boolean warming;
    private List<String> gateways = List.of();
    private long version;
    private long silentSinceNanos;
    private @Nullable List<Instance> parts;
    private Map<String, Instance> listed = new HashMap<>();

    /// The highest epoch that it ever listed, of those that are still of interest; likewise the two below.
    private final Map<String, Long> everListed = new HashMap<>();

    private final Map<String, Long> saidGone = new HashMap<>();

    private boolean small;
    private long smallSinceNanos;

    NodeView(String address) {
        this.address = address;
    }

    /// The stream of views ended, or begins anew.
    void silent(String why, long nowNanos) {
        if (live) {
            silentSinceNanos = nowNanos;
        }
        live = false;
        parts = null;
        trouble = why;
    }

    /// Takes in a view.
    ///
    /// @return empty, or why the watch must begin anew
    String apply(View view) {
        node = view.node() == null ? "" : view.node();
        return switch (view) {
            case Snapshot snapshot -> apply(snapshot);
            case Delta delta -> apply(delta);
            case Digest digest -> apply(digest);
        };
    }

    private String apply(Snapshot snapshot) {
        List<Instance> all = parts == null ? new ArrayList<>() : parts;
        all.addAll(snapshot.instances());
        if (all.size() > MAX_INSTANCES) {
            return "snapshot: " + all.size() + " instances (expected: at most " + MAX_INSTANCES + ")";
        }
        parts = all;
        if (snapshot.last()) {
            parts = null;
            listed = new HashMap<>();
            all.forEach(this::list);
            version = snapshot.version();
            warming = snapshot.warming();
            live = true;
            everComplete = true;
            trouble = "";
        }
        return "";
    }

    private String apply(Delta delta) {
        if (!live || delta.version() != version + 1) {
            return "delta: version " + delta.version() + " (expected: " + (live ? version + 1 : "a snapshot first")
                    + ")";
        }
        version = delta.version();
        for (Gone gone : delta.gone()) {
            Instance there = listed.get(gone.instance());
            if (there != null && there.epoch() <= gone.epoch()) {
                listed.remove(gone.instance());
            }
            saidGone.merge(gone.instance(), gone.epoch(), Math::max);
        }
        delta.up().forEach(this::list);
        return "";
    }

    private String apply(Digest digest) {
        if (!live || digest.version() != version || digest.instances() != listed.size()) {
            return "digest: version " + digest.version() + " with " + digest.instances() + " instances (expected: "
                    + version + " with " + listed.size() + ")";
        }
        warming = digest.warming();
        gateways = digest.gateways();
        return "";
    }

    private void list(Instance instance) {
        listed.put(instance.instance(), instance);
        everListed.merge(instance.instance(), instance.epoch(), Math::max);
        saidGone.remove(instance.instance());
    }

    boolean live() {
        return live;
    }

    boolean everComplete() {
        return everComplete;
    }

    /// In an earlier run it listed this instance: it may say that it is gone.
    void assumeListed(Instance instance) {
        everListed.merge(instance.instance(), instance.epoch(), Math::max);
    }

    /// Whether it ever listed this incarnation or a later one.
    boolean hasListed(Instance instance) {
        return atLeast(everListed, instance);
    }

    Collection<Instance> listed() {
        return listed.values();
    }

    RegistryView toView() {
        return new RegistryView(address, node, live, warming, listed.size(), trouble, gateways);
    }

    /// Whether it suddenly lists much less than it did: more than a third is missing without a word, or all. Such a
    /// registry was restarted or cut off rather than that the fleet is gone.
    void judge(Collection<Instance> known, long nowNanos) {
        long missing = known.stream().filter(this::misses).count();
        boolean nowSmall = listed.isEmpty() ? missing > 0 : missing > 1 && missing * 3 > listed.size() + missing;
        if (nowSmall && !small) {
            smallSinceNanos = nowNanos;
        }
        small = nowSmall;
    }

    private boolean misses(Instance instance) {
        return atLeast(everListed, instance) && !lists(instance) && !atLeast(saidGone, instance);
    }

    Vote vote(Instance instance, long nowNanos) {
        if (!live) {
            boolean recent = everComplete && nowNanos - silentSinceNanos < SILENCE_GRACE_NANOS;
            return recent && lists(instance) ? Vote.LISTED : Vote.ABSTAINS;
        }
        if (lists(instance)) {
            return Vote.LISTED;
        }
        if (warming || !hasListed(instance)) {
            return Vote.ABSTAINS;
        }
        boolean held = small && nowNanos - smallSinceNanos < SMALL_HOLD_NANOS;
        return atLeast(saidGone, instance) || !held ? Vote.GONE : Vote.ABSTAINS;
    }

    /// Forgets instances that nobody lists any more.
    void forgetAllBut(Set<String> names) {
        everListed.keySet().removeIf(name -> !names.contains(name) && !listed.containsKey(name));
        saidGone.keySet().removeIf(name -> !names.contains(name));
    }

    /// Whether it lists this incarnation or a later one, or did so when it fell silent.
    boolean lists(Instance instance) {
        Instance there = listed.get(instance.instance());
        return there != null && there.epoch() >= instance.epoch();
    }

    private static boolean atLeast(Map<String, Long> epochs, Instance instance) {
        Long epoch = epochs.get(instance.instance());
        return epoch != null && epoch >= instance.epoch();
    }
}
