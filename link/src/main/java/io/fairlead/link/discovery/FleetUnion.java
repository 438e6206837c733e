package io.fairlead.link.discovery;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The union over registries and other sources, by (instance, highest epoch and revision). Not thread-safe; time comes
/// in.
///
/// Of one incarnation the highest revision counts, whoever heard it: an instance tells every registry, but not every
/// registry hears it at once, or at all. Its address stays the one that was heard first, so that sources that reach it
/// under different names do not move its links about.
///
/// Any registry that is connected adds, a warming one too. An instance goes only when every registry that is
/// connected, not warming and ever listed it says that it is gone, and at least one does: a registry that is silent,
/// warming, empty or suddenly small removes nobody.
///
/// At one address there is one process: of several instances that claim it the latest counts.
final class FleetUnion {
    private static final Logger log = LoggerFactory.getLogger(FleetUnion.class);

    private final List<NodeView> nodes;
    private Map<String, Instance> known = new TreeMap<>();

    /// Names of instances that are known from an earlier run alone.
    private final Set<String> unconfirmed = new HashSet<>();

    /// Names of instances whose address another one has.
    private Set<String> shadowed = Set.of();

    FleetUnion(List<NodeView> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /// Begins with what an earlier run knew. Who listed an instance then may say that it is gone; where none of them is
    /// there any more, everybody may.
    void assume(SavedFleet saved) {
        for (SavedFleet.Entry entry : saved.instances()) {
            Instance instance = entry.instance();
            known.put(instance.instance(), instance);
            unconfirmed.add(instance.instance());
            List<NodeView> listing = nodes.stream()
                    .filter(node -> entry.listedBy().contains(node.address))
                    .toList();
            (listing.isEmpty() ? nodes : listing).forEach(node -> node.assumeListed(instance));
        }
    }

    /// What a later run may begin with. Of an instance that nobody has confirmed yet, those who listed it in the
    /// earlier run stay the only ones who may say that it is gone.
    SavedFleet save(Instant now) {
        List<SavedFleet.Entry> entries = new ArrayList<>(known.size());
        for (Instance instance : known.values()) {
            entries.add(new SavedFleet.Entry(
                    instance,
                    nodes.stream()
                            .filter(node -> node.lists(instance)
                                    || (unconfirmed.contains(instance.instance()) && node.hasListed(instance)))
                            .map(node -> node.address)
                            .toList()));
        }
        return new SavedFleet(SavedFleet.FORMAT, now, entries);
    }

    /// The union of what the nodes say now. Takes time in proportion to the instances of all of them.
    Fleet update(long nowNanos) {
        nodes.forEach(node -> node.judge(known.values(), nowNanos));
        Map<String, Instance> next = new TreeMap<>();
        for (NodeView node : nodes) {
            if (node.live()) {
                node.listed().forEach(instance -> next.merge(instance.instance(), instance, FleetUnion::newer));
            }
        }
        unconfirmed.removeAll(next.keySet());
        for (Instance instance : known.values()) {
            Instance listed = next.get(instance.instance());
            if (listed != null && listed.compareAge(instance) >= 0) {
                if (listed.epoch() == instance.epoch() && !listed.isAt(instance.host(), instance.port())) {
                    next.put(instance.instance(), listed.at(instance.host(), instance.port()));
                }
            } else if (!gone(instance, nowNanos)) {
                next.put(instance.instance(), instance);
            }
        }
        known = next;
        unconfirmed.retainAll(next.keySet());
        nodes.forEach(node -> node.forgetAllBut(next.keySet()));
        return new Fleet(
                onePerAddress(),
                nodes.stream().anyMatch(NodeView::everComplete),
                nodes.stream().map(NodeView::toView).toList(),
                unconfirmed.size());
    }

    private boolean gone(Instance instance, long nowNanos) {
        boolean said = false;
        for (NodeView node : nodes) {
            switch (node.vote(instance, nowNanos)) {
                case LISTED -> {
                    return false;
                }
                case GONE -> said = true;
                case ABSTAINS -> {
                    // Has no say.
                }
            }
        }
        return said;
    }

    /// Between equals, the one that drains: a worker that knows no revisions tells all registries of its draining, so
    /// who says UP has not heard.
    private static Instance newer(Instance one, Instance other) {
        int age = one.compareAge(other);
        if (age != 0) {
            return age > 0 ? one : other;
        }
        return other.state() == InstanceState.DRAINING ? other : one;
    }

    private List<Instance> onePerAddress() {
        Map<String, Instance> byAddress = new HashMap<>();
        for (Instance instance : known.values()) {
            byAddress.merge(instance.address(), instance, (a, b) -> b.epoch() > a.epoch() ? b : a);
        }
        if (byAddress.size() == known.size()) {
            shadowed = Set.of();
            return List.copyOf(known.values());
        }
        List<Instance> seen = new ArrayList<>(byAddress.size());
        Set<String> hidden = new HashSet<>();
        for (Instance instance : known.values()) {
            Instance there = byAddress.getOrDefault(instance.address(), instance);
            if (there.instance().equals(instance.instance())) {
                seen.add(instance);
            } else {
                hidden.add(instance.instance());
                if (!shadowed.contains(instance.instance())) {
                    log.info(
                            "Instances {} and {} are both said to be at {}: the later one, {}, counts. If both run,"
                                    + " give each an address that reaches it (fairlead.worker.advertised-host)",
                            instance.instance(),
                            there.instance(),
                            instance.address(),
                            there.instance());
                }
            }
        }
        shadowed = hidden;
        return seen;
    }
}
