package io.fairlead.link.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.discovery.RegistryApi.Delta;
import io.fairlead.link.discovery.RegistryApi.Digest;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.link.discovery.RegistryApi.GoneReason;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FleetUnionTests {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final NodeView one = new NodeView("one:7500");
    private final NodeView two = new NodeView("two:7500");
    private final FleetUnion union = new FleetUnion(List.of(one, two));
    private long now = 42;

    @Test
    void isTheUnionOfAllRegistries() {
        assertThat(union.update(now).seenAny()).isFalse();
        snapshot(one, 1, worker("a", 1), worker("b", 1));
        snapshot(two, 1, worker("b", 1), worker("c", 1));
        Fleet fleet = union.update(now);
        assertThat(fleet.instances()).extracting(Instance::instance).containsExactly("a", "b", "c");
        assertThat(fleet.seenAny()).isTrue();
    }

    @Test
    void theHighestEpochCounts() {
        snapshot(one, 1, worker("a", 5));
        snapshot(two, 1, worker("a", 4));
        assertThat(union.update(now).instances()).containsExactly(worker("a", 5));
        delta(two, 2, List.of(worker("a", 6)));
        assertThat(union.update(now).instances()).containsExactly(worker("a", 6));
    }

    @Test
    void anInstanceGoesOnlyWhenEveryRegistryThatListedItSaysSo() {
        snapshot(one, 1, worker("a", 1));
        snapshot(two, 1, worker("a", 1));
        delta(one, 2, List.of(), gone("a", 1));
        assertThat(names()).containsExactly("a");
        delta(two, 2, List.of(), gone("a", 1));
        assertThat(names()).isEmpty();
    }

    @Test
    void aRegistryThatNeverListedAnInstanceHasNoSay() {
        snapshot(one, 1, worker("a", 1));
        snapshot(two, 1);
        assertThat(names()).containsExactly("a");
        delta(one, 2, List.of(), gone("a", 1));
        assertThat(names()).isEmpty();
    }

    @Test
    void aSilentRegistryRemovesNobody() {
        snapshot(one, 1, worker("a", 1));
        names();
        one.silent("cut", now);
        later(3_600);
        assertThat(names()).containsExactly("a");
    }

    @Test
    void whatARegistryListedCountsForAWhileAfterItFellSilent() {
        snapshot(one, 1, worker("a", 1));
        snapshot(two, 1, worker("a", 1));
        names();
        one.silent("cut", now);
        delta(two, 2, List.of(), gone("a", 1));
        assertThat(names()).containsExactly("a");
        later(16);
        assertThat(names()).isEmpty();
    }

    @Test
    void aRestartedRegistryRemovesNobodyWhileItIsWarming() {
        snapshot(one, 90, worker("a", 1), worker("b", 1));
        names();
        one.silent("restart", now);
        one.apply(new Snapshot("one", 1, true, true, List.of(worker("b", 1))));
        later(19);
        assertThat(names()).containsExactly("a", "b");
        one.apply(new Digest("one", 1, false, 1));
        assertThat(names()).as("one of two is missing: not suddenly small").containsExactly("b");
    }

    @Test
    void anEmptyRegistryRemovesNobodyForFiveMinutes() {
        snapshot(one, 90, worker("a", 1));
        names();
        one.silent("restart", now);
        snapshot(one, 1);
        assertThat(names()).containsExactly("a");
        later(299);
        assertThat(names()).containsExactly("a");
        later(1);
        assertThat(names()).isEmpty();
    }

    @Test
    void aSuddenlySmallRegistryRemovesNobodyForFiveMinutes() {
        Instance[] six = {worker("a", 1), worker("b", 1), worker("c", 1), worker("d", 1), worker("e", 1), worker("f", 1)
        };
        snapshot(one, 1, six);
        names();
        snapshot(one, 9, worker("a", 1), worker("b", 1), worker("c", 1));
        assertThat(names()).hasSize(6);
        later(100);
        delta(one, 10, List.of(worker("d", 1), worker("e", 1)));
        assertThat(names()).as("now only one is missing").containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    void aSuddenlySmallRegistryMayStillSayThatOneIsGone() {
        snapshot(one, 1, worker("a", 1));
        names();
        delta(one, 2, List.of(), gone("a", 1));
        assertThat(names()).isEmpty();
    }

    @Test
    void theFullRegistryOutvotesTheEmptyOne() {
        snapshot(one, 1, worker("a", 1));
        snapshot(two, 1, worker("a", 1));
        names();
        snapshot(one, 1);
        later(301);
        assertThat(names()).containsExactly("a");
    }

    @Test
    void aReplacedIncarnationDoesNotComeBack() {
        snapshot(one, 1, worker("a", 1));
        snapshot(two, 1, worker("a", 1));
        delta(one, 2, List.of(worker("a", 2)), new Gone("a", 1, GoneReason.REPLACED));
        assertThat(union.update(now).instances()).containsExactly(worker("a", 2));
        one.silent("cut", now);
        assertThat(union.update(now).instances()).containsExactly(worker("a", 2));
    }

    @Test
    void drainingIsBelievedFromAnyRegistryOfAWorkerWithoutRevisions() {
        Instance draining = worker("a", 1).changed(0, InstanceState.DRAINING, 100);
        snapshot(one, 1, worker("a", 1));
        snapshot(two, 1, draining);
        assertThat(union.update(now).instances()).containsExactly(draining);
    }

    @Test
    void theHighestRevisionOfAnIncarnationCounts() {
        Instance draining = worker("a", 1).changed(1, InstanceState.DRAINING, 100);
        Instance resumed = worker("a", 1).changed(2, InstanceState.UP, 100);
        snapshot(one, 1, draining);
        snapshot(two, 1, worker("a", 1));
        assertThat(union.update(now).instances()).containsExactly(draining);
        delta(two, 2, List.of(resumed));
        assertThat(union.update(now).instances())
                .as("the first registry has not heard of it")
                .containsExactly(resumed);
        snapshot(one, 1, worker("a", 2));
        assertThat(union.update(now).instances())
                .as("a new incarnation begins anew")
                .containsExactly(worker("a", 2));
    }

    @Test
    void whatWasHeardOnceIsNotTakenBackWhenTheRegistryThatSaidItFallsSilent() {
        Instance draining = worker("a", 1).changed(1, InstanceState.DRAINING, 100);
        snapshot(one, 1, draining);
        snapshot(two, 1, worker("a", 1));
        names();
        one.silent("cut", now);
        later(3_600);
        assertThat(union.update(now).instances()).containsExactly(draining);
        delta(two, 2, List.of(), gone("a", 1));
        assertThat(names()).isEmpty();
    }

    @Test
    void aSnapshotCountsWhenItIsComplete() {
        assertThat(one.apply(new Snapshot("one", 1, false, false, List.of(worker("a", 1)))))
                .isEmpty();
        assertThat(names()).isEmpty();
        assertThat(one.apply(new Snapshot("one", 1, false, true, List.of(worker("b", 1)))))
                .isEmpty();
        assertThat(names()).containsExactly("a", "b");
    }

    @Test
    void aViewThatDoesNotAddUpIsNoticed() {
        assertThat(one.apply(new Delta("one", 1, List.of(), List.of()))).contains("a snapshot first");
        snapshot(one, 7, worker("a", 1));
        assertThat(one.apply(new Delta("one", 9, List.of(), List.of()))).isEqualTo("delta: version 9 (expected: 8)");
        assertThat(one.apply(new Digest("one", 7, false, 2)))
                .isEqualTo("digest: version 7 with 2 instances (expected: 7 with 1)");
        assertThat(one.apply(new Digest("one", 7, false, 1))).isEmpty();
    }

    private List<String> names() {
        return union.update(now).instances().stream().map(Instance::instance).toList();
    }

    private void later(long seconds) {
        now += seconds * SECOND;
    }

    private static void snapshot(NodeView node, long version, Instance... instances) {
        assertThat(node.apply(new Snapshot(node.address, version, false, true, Arrays.asList(instances))))
                .isEmpty();
    }

    private static void delta(NodeView node, long version, List<Instance> up, Gone... gone) {
        assertThat(node.apply(new Delta(node.address, version, up, Arrays.asList(gone))))
                .isEmpty();
    }

    private static Gone gone(String name, long epoch) {
        return new Gone(name, epoch, GoneReason.EXPIRED);
    }

    private static Instance worker(String name, long epoch) {
        return new Instance(name, epoch, "127.0.0.1", 7600, "", 100, 1, InstanceState.UP, 0, List.of());
    }
}
