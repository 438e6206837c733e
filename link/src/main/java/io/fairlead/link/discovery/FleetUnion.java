package io.fairlead.link.discovery;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The union over registries, by (instance, highest epoch and revision). Not thread-safe; time comes in.
///
/// Of one incarnation the highest revision counts, whoever heard it: an instance tells every registry, but not every
/// registry hears it at once, or at all.
///
/// Any registry that is connected adds, a warming one too. An instance goes only when every registry that is
/// connected, not warming and ever listed it says that it is gone, and at least one does: a registry that is silent,
/// warming, empty or suddenly small removes nobody.
final class FleetUnion {
    private final List<NodeView> nodes;
    private Map<String, Instance> known = new TreeMap<>();

    FleetUnion(List<NodeView> nodes) {
        this.nodes = List.copyOf(nodes);
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
        for (Instance instance : known.values()) {
            Instance listed = next.get(instance.instance());
            boolean outranked = listed != null && listed.compareAge(instance) >= 0;
            if (!outranked && !gone(instance, nowNanos)) {
                next.put(instance.instance(), instance);
            }
        }
        known = next;
        nodes.forEach(node -> node.forgetAllBut(next.keySet()));
        return new Fleet(
                List.copyOf(next.values()),
                nodes.stream().anyMatch(NodeView::everComplete),
                nodes.stream().map(NodeView::toView).toList());
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
}
