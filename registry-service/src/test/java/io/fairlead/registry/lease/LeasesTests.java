package io.fairlead.registry.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.link.discovery.RegistryApi.GoneReason;
import io.fairlead.link.discovery.RegistryApi.LeaseTerms;
import io.fairlead.link.discovery.RegistryApi.Renewal;
import io.fairlead.link.discovery.ServiceOffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeasesTests {
    private static final LeaseSettings SETTINGS = new LeaseSettings(
            Duration.ofSeconds(10),
            Duration.ofSeconds(3),
            10,
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            100,
            100_000);

    /// Begins just below the overflow of a monotonic clock, whose origin is arbitrary.
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(15);

    private final Leases leases = new Leases(SETTINGS, now);

    @Test
    void listsAnInstanceAndTellsOfItOnce() {
        assertThat(register(worker("a", 5)).up()).containsExactly(worker("a", 5));
        assertThat(register(worker("a", 5)).isEmpty()).isTrue();
        assertThat(register(worker("a", 5).withInFlight(3)).isEmpty())
                .as("calls in flight are no news")
                .isTrue();
        assertThat(leases.instances()).containsExactly(worker("a", 5).withInFlight(3));
    }

    @Test
    void aLeaseLapsesAfterTenSecondsWithoutRenewal() {
        register(worker("a", 5));
        seconds(9.9);
        assertThat(expire()).isEmpty();
        assertThat(renew("a", 5)).isEqualTo(new Outcome.Accepted(Change.NONE));
        seconds(9.9);
        assertThat(expire()).isEmpty();
        seconds(0.1);
        assertThat(expire()).containsExactly(new Gone("a", 5, GoneReason.EXPIRED));
        assertThat(leases.size()).isZero();
        assertThat(renew("a", 5)).isEqualTo(new Outcome.Unknown());
    }

    @Test
    void aRenewalMayChangeTheState() {
        register(worker("a", 5));
        Instance draining = worker("a", 5).changed(0, InstanceState.DRAINING, 100);
        assertThat(leases.renew(new Renewal("a", 5, 0, InstanceState.DRAINING, 0, 0), now))
                .isEqualTo(new Outcome.Accepted(new Change(List.of(draining), List.of())));
        assertThat(renew("a", 5)).as("no state = as it was").isEqualTo(new Outcome.Accepted(Change.NONE));
        assertThat(leases.instances()).containsExactly(draining);
    }

    @Test
    void aHigherEpochReplaces() {
        register(worker("a", 5));
        Change change = register(worker("a", 6));
        assertThat(change.gone()).containsExactly(new Gone("a", 5, GoneReason.REPLACED));
        assertThat(change.up()).containsExactly(worker("a", 6));
        assertThat(leases.size()).isOne();
    }

    @Test
    void aLowerEpochIsRefusedAndToldTheHighest() {
        register(worker("a", 6));
        assertThat(leases.register(worker("a", 5), 1, now)).isEqualTo(new Outcome.Outdated(6));
        assertThat(renew("a", 5)).isEqualTo(new Outcome.Outdated(6));
        assertThat(renew("a", 7)).as("never registered").isEqualTo(new Outcome.Unknown());
    }

    @Test
    void whoHasLeftComesBackOnlyWithAHigherEpoch() {
        register(worker("a", 5));
        assertThat(leases.leave("a", 5, now).gone()).containsExactly(new Gone("a", 5, GoneReason.LEFT));
        assertThat(leases.register(worker("a", 5), 1, now)).isEqualTo(new Outcome.Outdated(5));
        assertThat(renew("a", 5)).isEqualTo(new Outcome.Outdated(5));
        assertThat(register(worker("a", 6)).up()).hasSize(1);
    }

    @Test
    void aTombstoneIsForgottenAfterAMinute() {
        register(worker("a", 5));
        leases.leave("a", 5, now);
        seconds(59.9);
        assertThat(leases.register(worker("a", 5), 1, now)).isInstanceOf(Outcome.Outdated.class);
        seconds(0.1);
        assertThat(register(worker("a", 5)).up()).hasSize(1);
    }

    @Test
    void whoseLeaseLapsedMayComeBackWithItsEpochButNotWithALowerOne() {
        register(worker("a", 5));
        seconds(10);
        assertThat(expire()).hasSize(1);
        assertThat(leases.register(worker("a", 4), 1, now)).isEqualTo(new Outcome.Outdated(5));
        assertThat(register(worker("a", 5)).up()).hasSize(1);
    }

    @Test
    void aLeaveOfAnEarlierIncarnationIsNotHeard() {
        register(worker("a", 6));
        assertThat(leases.leave("a", 5, now).isEmpty()).isTrue();
        assertThat(leases.size()).isOne();
    }

    @Test
    void aLeaveThatOvertakesItsRegisterIsRemembered() {
        assertThat(leases.leave("a", 5, now).isEmpty()).isTrue();
        assertThat(leases.register(worker("a", 5), 1, now)).isEqualTo(new Outcome.Outdated(5));
    }

    @Test
    void aReplacementThatDiesLeavesItsEpochBehind() {
        register(worker("a", 5));
        register(worker("a", 6));
        seconds(10);
        expire();
        assertThat(leases.register(worker("a", 5), 1, now)).isEqualTo(new Outcome.Outdated(6));
    }

    @Test
    void instancesAndTheirBytesAreBounded() {
        for (int i = 0; i < 100; i++) {
            register(worker("w" + i, 1));
        }
        assertThat(leases.register(worker("more", 1), 1, now))
                .isEqualTo(new Outcome.Full("instances: 100, the limit (fairlead.registry.max-instances)"));
        assertThat(register(worker("w7", 2)).up())
                .as("a replacement takes no place")
                .hasSize(1);
        assertThat(leases.register(worker("w7", 3), 99_902, now))
                .isEqualTo(new Outcome.Full("instances: 100001 bytes together (expected: at most 100000,"
                        + " fairlead.registry.max-view-size)"));
        assertThat(leases.register(worker("w7", 3), 99_901, now)).isInstanceOf(Outcome.Accepted.class);
        leases.leave("w7", 3, now);
        assertThat(register(worker("more", 1)).up())
                .as("its bytes and place are free again")
                .hasSize(1);
    }

    @Test
    void aLargeFleetRenewsMoreRarelyAndItsLeasesLastLonger() {
        register(worker("early", 1));
        for (int i = 1; i < 30; i++) {
            register(worker("w" + i, 1));
        }
        assertThat(leases.terms()).as("10 renewals a second").isEqualTo(new LeaseTerms(10_000, 3_000));
        for (int i = 30; i < 60; i++) {
            register(worker("w" + i, 1));
        }
        assertThat(leases.terms()).isEqualTo(new LeaseTerms(20_000, 6_000));
        for (int i = 1; i < 60; i++) {
            renew("w" + i, 1);
        }
        seconds(10);
        assertThat(expire())
                .as("was told 10 s and has not renewed since")
                .containsExactly(new Gone("early", 1, GoneReason.EXPIRED));
        assertThat(leases.find("w1", now)).map(Lease::leftMillis).hasValue(10_000L);
        seconds(9.9);
        assertThat(expire()).isEmpty();
    }

    @Test
    void renewalsAreAtMostSixTimesAsRareSoThatARestartedRegistryKnowsAllBeforeItIsBelieved() {
        LeaseTerms most = SETTINGS.terms(1_000_000);
        assertThat(most).isEqualTo(new LeaseTerms(60_000, 18_000));
        assertThat(most.renewMillis() / 2).isLessThan(2 * SETTINGS.lease().toMillis());
    }

    @Test
    void noLeaseOutlastsATombstone() {
        LeaseSettings brief = new LeaseSettings(
                Duration.ofSeconds(10),
                Duration.ofSeconds(3),
                10,
                Duration.ofSeconds(15),
                Duration.ofMinutes(5),
                100,
                100_000);
        assertThat(brief.terms(1_000_000)).isEqualTo(new LeaseTerms(15_000, 4_500));
    }

    @Test
    void tombstonesAreBounded() {
        for (int i = 0; i < 1_000; i++) {
            leases.leave("w" + i, 5, now);
        }
        assertThat(register(worker("w899", 5)).up())
                .as("forgotten for a newer one")
                .hasSize(1);
        assertThat(leases.register(worker("w901", 5), 1, now)).isEqualTo(new Outcome.Outdated(5));
    }

    @Test
    void aThirdOfAServiceMayLapse() {
        registerAll("a", "b", "c", "d", "e", "f");
        renewAllFor(12, "a", "b", "c", "d");
        assertThat(leases.size()).isEqualTo(4);
        assertThat(leases.suspects()).isZero();
    }

    @Test
    void moreThanAThirdAtOnceAreHeldAndNoneOfThemGoes() {
        registerAll("a", "b", "c", "d", "e", "f");
        List<Gone> gone = renewAllFor(240, "a", "b", "c");
        assertThat(gone).isEmpty();
        assertThat(leases.size()).isEqualTo(6);
        assertThat(leases.suspects()).isEqualTo(3);
        assertThat(leases.leases(now).stream().filter(Lease::suspect).map(Lease::leftMillis))
                .containsOnly(0L);
    }

    @Test
    void thoseThatWereCutOffTogetherDoNotTrickleAwayThoughTheirRenewalsWereNotInStep() {
        register(worker("a", 1));
        seconds(1);
        register(worker("b", 1));
        seconds(1);
        register(worker("c", 1));
        registerAll("d", "e", "f");
        assertThat(renewAllFor(12, "d", "e", "f")).isEmpty();
        assertThat(leases.suspects()).isEqualTo(3);
    }

    @Test
    void theSecondWithinOneLeaseTimeIsHeldWhereTheFirstIsGone() {
        registerAll("a", "b", "c", "d");
        renewAllFor(5, "b", "c", "d");
        List<Gone> gone = renewAllFor(30, "c", "d");
        assertThat(gone).extracting(Gone::instance).containsExactly("a");
        assertThat(leases.suspects()).isOne();
    }

    @Test
    void suspectsThatRenewAreTrustedAgain() {
        registerAll("a", "b", "c");
        renewAllFor(12, "c");
        assertThat(leases.suspects()).isEqualTo(2);
        renew("a", 1);
        register(worker("b", 1));
        assertThat(leases.suspects()).isZero();
        assertThat(leases.size()).isEqualTo(3);
    }

    @Test
    void suspectsGoAfterFiveMinutes() {
        registerAll("a", "b", "c");
        assertThat(renewAllFor(309, "c")).isEmpty();
        assertThat(renewAllFor(4, "c")).extracting(Gone::instance).containsExactlyInAnyOrder("a", "b");
        assertThat(leases.suspects()).isZero();
    }

    @Test
    void aSingleInstanceIsNoMass() {
        register(worker("a", 1));
        seconds(10);
        assertThat(expire()).hasSize(1);
    }

    @Test
    void oneServiceInTroubleDoesNotKeepTheDeadOfAnother() {
        registerAll("a", "b", "c");
        leases.register(offering("x", "other"), 1, now);
        leases.register(offering("y", "other"), 1, now);
        leases.register(offering("z", "other"), 1, now);
        for (int i = 0; i < 4; i++) {
            seconds(3);
            renew("c", 1);
            renew("y", 1);
            renew("z", 1);
            leases.expire(now);
        }
        assertThat(leases.instances())
                .extracting(Instance::instance)
                .containsExactlyInAnyOrder("a", "b", "c", "y", "z");
    }

    @Test
    void warmsForTwoLeases() {
        assertThat(leases.isWarming(now)).isTrue();
        seconds(19.9);
        assertThat(leases.isWarming(now)).isTrue();
        seconds(0.1);
        assertThat(leases.isWarming(now)).isFalse();
    }

    @Test
    void tellsHowMuchOfALeaseIsLeft() {
        register(worker("a", 5));
        seconds(4);
        assertThat(leases.leases(now)).containsExactly(new Lease(worker("a", 5), 6_000, false));
    }

    @Test
    void timeStandsStillWhileTheProcessIsStopped() {
        long[] nanos = {Long.MAX_VALUE - 5};
        LeaseClock clock = new LeaseClock(() -> nanos[0], 1_000);
        long start = clock.now();
        nanos[0] += 900;
        assertThat(clock.now() - start).isEqualTo(900);
        nanos[0] += 1_000_000;
        assertThat(clock.now() - start).isEqualTo(1_900);
    }

    private Change register(Instance instance) {
        Outcome outcome = leases.register(instance, 1, now);
        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        return ((Outcome.Accepted) outcome).change();
    }

    private void registerAll(String... names) {
        for (String name : names) {
            register(worker(name, 1));
        }
    }

    @Test
    void theHighestRevisionOfAnIncarnationCounts() {
        register(worker("a", 5));
        Instance drained = worker("a", 5).changed(1, InstanceState.DRAINING, 100);
        Instance resumed = worker("a", 5).changed(2, InstanceState.UP, 50);
        assertThat(leases.renew(new Renewal("a", 5, 1, InstanceState.DRAINING, 100, 0), now))
                .isEqualTo(new Outcome.Accepted(new Change(List.of(drained), List.of())));
        assertThat(leases.renew(new Renewal("a", 5, 2, InstanceState.UP, 50, 0), now))
                .isEqualTo(new Outcome.Accepted(new Change(List.of(resumed), List.of())));
        assertThat(leases.renew(new Renewal("a", 5, 1, InstanceState.DRAINING, 100, 0), now))
                .as("overtaken on its way")
                .isEqualTo(new Outcome.Accepted(Change.NONE));
        assertThat(leases.register(drained, 100, now)).as("likewise").isEqualTo(new Outcome.Accepted(Change.NONE));
        assertThat(leases.instances()).containsExactly(resumed);
        assertThat(leases.register(worker("a", 6), 100, now))
                .as("a new incarnation begins anew")
                .isInstanceOf(Outcome.Accepted.class);
        assertThat(leases.instances()).containsExactly(worker("a", 6));
    }

    @Test
    void anOvertakenRegisterProlongsTheLeaseAllTheSame() {
        leases.register(worker("a", 5).changed(3, InstanceState.UP, 100), 100, now);
        seconds(9);
        leases.register(worker("a", 5), 100, now);
        seconds(9);
        assertThat(expire()).isEmpty();
    }

    private Outcome renew(String name, long epoch) {
        return leases.renew(new Renewal(name, epoch, 0, null, 0, 0), now);
    }

    /// Three times a second for `seconds`: these renew, the others are silent.
    private List<Gone> renewAllFor(int seconds, String... names) {
        List<Gone> gone = new ArrayList<>();
        for (int i = 0; i < 3 * seconds; i++) {
            seconds(1 / 3.0);
            for (String name : names) {
                renew(name, 1);
            }
            gone.addAll(expire());
        }
        return gone;
    }

    private List<Gone> expire() {
        Change change = leases.expire(now);
        assertThat(change.up()).isEmpty();
        return change.gone();
    }

    private void seconds(double seconds) {
        now += Math.round(seconds * 1e9);
    }

    private static Instance worker(String name, long epoch) {
        return new Instance(
                name,
                epoch,
                "127.0.0.1",
                7600,
                "",
                100,
                1,
                InstanceState.UP,
                0,
                List.of(new ServiceOffer("echo", List.of())));
    }

    private static Instance offering(String name, String service) {
        return new Instance(
                name,
                1,
                "127.0.0.1",
                7600,
                "",
                100,
                1,
                InstanceState.UP,
                0,
                List.of(new ServiceOffer(service, List.of())));
    }
}
