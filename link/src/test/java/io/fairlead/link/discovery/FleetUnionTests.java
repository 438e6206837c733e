package io.fairlead.link.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.discovery.RegistryApi.Delta;
import io.fairlead.link.discovery.RegistryApi.Digest;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.link.discovery.RegistryApi.GoneReason;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import java.time.Instant;
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

    @Test
    void whatAnEarlierRunKnewIsUsedUntilARegistryThatListedItSaysOtherwise() {
        union.assume(saved(entry(worker("a", 1), "one:7500", "two:7500"), entry(worker("b", 1), "one:7500")));
        Fleet fleet = union.update(now);
        assertThat(fleet.instances()).extracting(Instance::instance).containsExactly("a", "b");
        assertThat(fleet.unconfirmed()).isEqualTo(2);
        assertThat(fleet.seenAny()).isFalse();
        snapshot(two, 1);
        later(3_600);
        assertThat(names()).as("the empty one never listed b").contains("b");
        one.apply(new Snapshot("one", 1, true, true, List.of(worker("a", 2))));
        later(3_600);
        fleet = union.update(now);
        assertThat(fleet.instances())
                .as("it is warming and adds only")
                .extracting(Instance::instance)
                .containsExactly("a", "b");
        assertThat(fleet.unconfirmed()).isEqualTo(1);
        one.apply(new Digest("one", 1, false, 1));
        assertThat(union.update(now).instances()).containsExactly(worker("a", 2));
        assertThat(union.update(now).unconfirmed()).isZero();
    }

    @Test
    void anEmptyRegistryDoesNotTakeAwayAtOnceWhatAnEarlierRunKnew() {
        union.assume(saved(entry(worker("a", 1), "one:7500")));
        union.update(now);
        snapshot(one, 1);
        assertThat(names()).containsExactly("a");
        later(300);
        assertThat(names()).isEmpty();
    }

    @Test
    void whereNobodyIsLeftWhoListedAnInstanceEverybodyMaySayThatItIsGone() {
        union.assume(saved(entry(worker("a", 1), "former:7500"), entry(worker("b", 1), "former:7500")));
        snapshot(one, 1, worker("b", 1));
        assertThat(names()).containsExactly("b");
    }

    @Test
    void anEarlierRunsKnowledgeIsSavedAndReadBack() {
        snapshot(one, 1, worker("a", 1), worker("b", 1));
        snapshot(two, 1, worker("b", 1));
        union.update(now);
        SavedFleet saved = union.save(Instant.EPOCH);
        assertThat(saved.instances())
                .containsExactly(entry(worker("a", 1), "one:7500"), entry(worker("b", 1), "one:7500", "two:7500"));
        assertThat(DiscoveryJson.read(DiscoveryJson.write(saved), SavedFleet.class))
                .isEqualTo(saved);
    }

    @Test
    void oneProcessUnderTwoAddressesStaysWhereItWasFoundFirst() {
        snapshot(one, 1, worker("a", 1));
        names();
        Instance elsewhere = worker("a", 1).at("10.0.0.1", 7600);
        Instance drained = elsewhere.changed(1, InstanceState.DRAINING, 100);
        snapshot(two, 1, elsewhere);
        assertThat(union.update(now).instances()).containsExactly(worker("a", 1));
        one.silent("cut", now);
        delta(two, 2, List.of(drained));
        assertThat(union.update(now).instances())
                .containsExactly(worker("a", 1).changed(1, InstanceState.DRAINING, 100));
        delta(two, 3, List.of(elsewhere.withEpoch(2)));
        assertThat(union.update(now).instances()).containsExactly(elsewhere.withEpoch(2));
    }

    @Test
    void ofTwoInstancesAtOneAddressTheLaterCounts() {
        Instance old = worker("old", 5);
        Instance young = worker("young", 6).at(old.host(), old.port());
        snapshot(one, 1, old, young);
        assertThat(names()).containsExactly("young");
        delta(one, 2, List.of(), gone("young", 6));
        assertThat(names()).containsExactly("old");
    }

    @Test
    void anOldInstanceThatReturnsWithTheSameNameAndALowerEpochIsNotUsed() {
        snapshot(one, 1, worker("a", 9));
        names();
        one.silent("restart", now);
        one.apply(new Snapshot("one", 1, true, true, List.of(worker("a", 3))));
        assertThat(union.update(now).instances())
                .as("its registry had forgotten the later incarnation, we have not")
                .containsExactly(worker("a", 9));
    }

    @Test
    void whoListedAnInstanceStaysKnownOverASecondRunThatDidNotReachThem() {
        union.assume(saved(entry(worker("a", 1), "one:7500")));
        snapshot(two, 1, worker("b", 1));
        assertThat(names()).containsExactly("a", "b");

        assertThat(union.save(Instant.EPOCH).instances())
                .containsExactly(entry(worker("a", 1), "one:7500"), entry(worker("b", 1), "two:7500"));
    }

    private static SavedFleet saved(SavedFleet.Entry... entries) {
        return new SavedFleet(SavedFleet.FORMAT, Instant.EPOCH, List.of(entries));
    }

    private static SavedFleet.Entry entry(Instance instance, String... listedBy) {
        return new SavedFleet.Entry(instance, List.of(listedBy));
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
        return new Instance(name, epoch, name + ".test", 7600, "", 100, 1, InstanceState.UP, 0, List.of());
    }
}
