package io.fairlead.gateway.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.wire.Status;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LinkBreakerTests {
    private static final long MS = 1_000_000;

    private final CircuitBreakerRegistry registry = CircuitBreakerRegistry.of(CircuitBreakerConfig.custom()
            .slidingWindow(
                    100,
                    20,
                    CircuitBreakerConfig.SlidingWindowType.COUNT_BASED,
                    CircuitBreakerConfig.SlidingWindowSynchronizationStrategy.LOCK_FREE)
            .failureRateThreshold(40)
            .permittedNumberOfCallsInHalfOpenState(3)
            .waitDurationInOpenState(Duration.ofHours(1))
            .build());
    private final AtomicLong now = new AtomicLong();
    private final Breakers breakers = new Breakers(registry, EjectionProperties.DEFAULTS, now::get);

    private long id;

    private LinkBreaker link(String instance, long epoch) {
        LinkBreaker link = breakers.link(instance, epoch, new Random(7));
        link.shareWith(1);
        return link;
    }

    private CircuitBreaker breaker(String instance) {
        return registry.find(instance).orElseThrow();
    }

    private void succeed(LinkBreaker link) {
        link.sent(++id);
        link.succeeded(id, now.get(), now.get());
    }

    private void fail(LinkBreaker link) {
        link.sent(++id);
        link.ended(id, Verdict.FAILURE, Status.INTERNAL, now.get(), now.get());
    }

    @Test
    void halfOfTheCallsFailingOpensTheBreakerAndTellsTheListener() {
        AtomicInteger changes = new AtomicInteger();
        breakers.onChange(changes::incrementAndGet);
        LinkBreaker link = link("w1", 1);

        for (int i = 0; i < 20; i++) {
            fail(link);
            succeed(link);
        }

        assertThat(breaker("w1").getState()).isEqualTo(State.OPEN);
        assertThat(changes).hasValue(1);
        assertThat(link.isClosed()).as("before the control side has looked").isTrue();
        link.refresh();
        assertThat(link.isClosed()).isFalse();
        assertThat(link.member(true).open()).isTrue();
        assertThat(breakers.opened()).isOne();
    }

    @Test
    void tenFailuresInARowOpenItAlthoughTheWindowIsFullOfSuccesses() {
        LinkBreaker link = link("w1", 1);
        for (int i = 0; i < 100; i++) {
            succeed(link);
        }

        for (int i = 0; i < 10; i++) {
            now.addAndGet(20 * MS);
            fail(link);
        }

        assertThat(breaker("w1").getState()).isEqualTo(State.OPEN);
    }

    @Test
    void tenFailuresWithinAMomentAreChance() {
        LinkBreaker link = link("w1", 1);
        for (int i = 0; i < 100; i++) {
            succeed(link);
        }

        for (int i = 0; i < 10; i++) {
            fail(link);
        }

        assertThat(breaker("w1").getState()).isEqualTo(State.CLOSED);
    }

    @Test
    void refusalsAndCallersFaultsDoNotOpenIt() {
        LinkBreaker link = link("w1", 1);

        for (int i = 0; i < 200; i++) {
            now.addAndGet(20 * MS);
            link.ended(++id, Verdict.of(Status.RESOURCE_EXHAUSTED, true), Status.RESOURCE_EXHAUSTED, 0, now.get());
            link.ended(++id, Verdict.of(Status.NOT_FOUND, false), Status.NOT_FOUND, now.get(), now.get());
        }

        assertThat(breaker("w1").getState()).isEqualTo(State.CLOSED);
        assertThat(breaker("w1").getMetrics().getFailureRate()).isZero();
    }

    @Test
    void atAHighRateASampleIsRecordedWhoseRateIsTrue() {
        LinkBreaker link = link("w1", 1);
        AtomicInteger recorded = new AtomicInteger();
        AtomicInteger failures = new AtomicInteger();
        breaker("w1").getEventPublisher().onSuccess(event -> recorded.incrementAndGet());
        breaker("w1").getEventPublisher().onError(event -> {
            recorded.incrementAndGet();
            failures.incrementAndGet();
        });

        for (int i = 0; i < 2_000_000; i++) {
            now.addAndGet(1000);
            if (i % 10 == 0) {
                fail(link);
            } else {
                succeed(link);
            }
        }

        assertThat(recorded.get()).isBetween(10_000, 40_000);
        assertThat((double) failures.get() / recorded.get()).isCloseTo(0.1, within(0.01));
    }

    private LinkBreaker halfOpen() {
        LinkBreaker link = link("w1", 1);
        breaker("w1").transitionToOpenState();
        link.refresh();
        breaker("w1").transitionToHalfOpenState();
        now.addAndGet(1000 * MS);
        return link;
    }

    private boolean probe(LinkBreaker link, boolean repeatable) {
        now.addAndGet(10 * MS);
        boolean may = link.tryProbe(repeatable, now.get());
        if (may) {
            link.sent(++id);
        }
        return may;
    }

    @Test
    void halfOpenLetsFewThroughAndTheirSuccessClosesIt() {
        LinkBreaker link = halfOpen();

        assertThat(probe(link, true)).isTrue();
        assertThat(probe(link, true)).isTrue();
        assertThat(probe(link, true)).isTrue();
        assertThat(probe(link, true)).isFalse();
        assertThat(link.refresh()).as("nothing changed").isFalse();
        for (long each = 1; each <= 3; each++) {
            link.succeeded(each, now.get(), now.get());
        }

        assertThat(breaker("w1").getState()).isEqualTo(State.CLOSED);
        assertThat(link.refresh()).as("returned").isTrue();
    }

    @Test
    void aProbeThatFailsOpensItAgain() {
        LinkBreaker link = halfOpen();
        probe(link, true);
        probe(link, true);
        probe(link, true);

        link.succeeded(1, now.get(), now.get());
        link.ended(2, Verdict.FAILURE, Status.INTERNAL, now.get(), now.get());
        link.ended(3, Verdict.FAILURE, Status.DEADLINE_EXCEEDED, now.get(), now.get());

        assertThat(breaker("w1").getState()).isEqualTo(State.OPEN);
    }

    @Test
    void callsThatWereSentBeforeItOpenedDoNotCountAsProbes() {
        LinkBreaker link = link("w1", 1);
        for (int i = 0; i < 10; i++) {
            link.sent(++id);
        }
        breaker("w1").transitionToOpenState();
        link.refresh();
        breaker("w1").transitionToHalfOpenState();

        for (long each = 1; each <= 10; each++) {
            link.ended(each, Verdict.FAILURE, Status.DEADLINE_EXCEEDED, 0, now.get());
        }

        assertThat(breaker("w1").getState()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker("w1").getMetrics().getNumberOfBufferedCalls()).isZero();
    }

    @Test
    void aProbeThatSaysNothingGivesItsPermissionBack() {
        LinkBreaker link = halfOpen();
        probe(link, true);
        probe(link, true);
        probe(link, true);

        link.abandoned(2);

        assertThat(probe(link, true)).isTrue();
        assertThat(probe(link, true)).isFalse();
    }

    @Test
    void aPermissionThatWasNotUsedIsKeptForTheNextCall() {
        LinkBreaker link = halfOpen();
        for (int i = 0; i < 10; i++) {
            assertThat(link.tryProbe(true, now.addAndGet(10 * MS))).isTrue();
        }

        link.close();

        assertThat(registry.find("w1")).isEmpty();
    }

    @Test
    void aPermissionThatWasNotUsedGoesToAnotherLoopWhenTheLinkEnds() {
        LinkBreaker other = link("w1", 1);
        LinkBreaker link = halfOpen();
        other.refresh();
        probe(link, true);
        probe(link, true);
        assertThat(link.tryProbe(true, now.addAndGet(10 * MS))).isTrue();
        assertThat(probe(other, true)).isFalse();

        link.linkEnded();

        assertThat(probe(other, true)).isTrue();
    }

    @Test
    void callsThatMayBeRepeatedProbeFirst() {
        LinkBreaker link = halfOpen();

        assertThat(probe(link, true)).isTrue();
        assertThat(probe(link, false)).as("while repeatable calls come").isFalse();
        now.addAndGet(1000 * MS);
        assertThat(probe(link, false)).as("when none came for a second").isTrue();
    }

    @Test
    void anOpenBreakerIsAskedOnceInTenMilliseconds() {
        LinkBreaker link = link("w1", 1);
        breaker("w1").transitionToOpenState();
        link.refresh();

        for (int i = 0; i < 1000; i++) {
            link.tryProbe(true, now.addAndGet(MS / 10));
        }

        assertThat(breaker("w1").getMetrics().getNumberOfNotPermittedCalls()).isBetween(9L, 11L);
    }

    @Test
    void theLoopsShareTheBreakerAndItGoesWithTheLastLink() {
        LinkBreaker one = link("w1", 1);
        LinkBreaker two = link("w1", 1);
        for (int i = 0; i < 10; i++) {
            fail(one);
            fail(two);
        }
        assertThat(breaker("w1").getState()).isEqualTo(State.OPEN);

        one.close();
        assertThat(registry.find("w1")).isPresent();
        two.close();
        assertThat(registry.find("w1")).isEmpty();
        assertThat(breakers.all()).isEmpty();
    }

    @Test
    void aNewIncarnationBeginsWithAClosedBreaker() {
        LinkBreaker before = link("w1", 1);
        breaker("w1").transitionToOpenState();

        LinkBreaker after = link("w1", 2);

        assertThat(breaker("w1").getState()).isEqualTo(State.CLOSED);
        assertThat(after.isClosed()).isTrue();
        before.close();
        assertThat(registry.find("w1")).as("the new one stays").isPresent();
        assertThat(breakers.all())
                .singleElement()
                .satisfies(status -> assertThat(status.epoch()).isEqualTo(2));
    }

    @Test
    void resetClosesItAndForgets() {
        LinkBreaker link = link("w1", 1);
        for (int i = 0; i < 20; i++) {
            fail(link);
        }
        link.refresh();

        assertThat(breakers.reset("w1")).isTrue();
        assertThat(breakers.reset("w2")).isFalse();

        assertThat(link.refresh()).isTrue();
        assertThat(breakers.all()).singleElement().satisfies(status -> {
            assertThat(status.state()).isEqualTo(State.CLOSED);
            assertThat(status.recordedCalls()).isZero();
        });
    }

    @Test
    void settingsOfOneInstanceHoldForEachOfItsIncarnations() {
        registry.circuitBreaker(
                "w9", CircuitBreakerConfig.custom().failureRateThreshold(77).build());
        Breakers configured = new Breakers(registry, EjectionProperties.DEFAULTS, now::get);

        configured.link("w9", 1, new Random(1)).close();
        configured.link("w9", 2, new Random(1));

        CircuitBreakerConfig config = breaker("w9").getCircuitBreakerConfig();
        assertThat(config.getFailureRateThreshold()).isEqualTo(77);
        assertThat(config.getSlidingWindowSynchronizationStrategy())
                .isEqualTo(CircuitBreakerConfig.SlidingWindowSynchronizationStrategy.LOCK_FREE);
    }
}
