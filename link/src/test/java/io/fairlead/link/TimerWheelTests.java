package io.fairlead.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TimerWheelTests {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private static final long TICK_NANOS = 10 * MILLI;

    /// Runs nothing by itself.
    private final EventLoop loop = new EmbeddedChannel().eventLoop();
    private final List<Call> expired = new ArrayList<>();
    private final TimerWheel<Call> wheel = new TimerWheel<>(loop, TICK_NANOS, expired::add);
    private final long start = System.nanoTime();

    private static final class Call extends TimerWheel.Entry {
        private final long deadlineNanos;

        Call(long deadlineNanos) {
            this.deadlineNanos = deadlineNanos;
        }

        long deadlineNanos() {
            return deadlineNanos;
        }
    }

    private Call call(long deadlineMillis) {
        Call call = new Call(start + deadlineMillis * MILLI);
        wheel.add(call, call.deadlineNanos());
        return call;
    }

    @Test
    void expiresACallAtMostTwoTicksLateAndNeverEarly() {
        Random random = new Random(7);
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            calls.add(call(random.nextInt(60_000)));
        }
        for (long now = 0; now <= 61_000; now += 10) {
            long nowNanos = start + now * MILLI;
            wheel.advance(nowNanos);
            assertThat(expired).allMatch(call -> call.deadlineNanos() - nowNanos <= 0);
            assertThat(calls)
                    .filteredOn(call -> !expired.contains(call))
                    .noneMatch(call -> nowNanos - call.deadlineNanos() > 2 * TICK_NANOS);
            calls.removeAll(expired);
            expired.clear();
        }
        assertThat(calls).isEmpty();
        assertThat(wheel.size()).isZero();
    }

    @Test
    void forgetsRemovedCalls() {
        Call first = call(10);
        Call second = call(10);
        Call third = call(10);
        wheel.remove(second);
        wheel.remove(second);

        wheel.advance(start + 100 * MILLI);

        assertThat(expired).containsExactlyInAnyOrder(first, third);
        assertThat(wheel.size()).isZero();
    }

    @Test
    void findsWhatBecameDueDuringALongPause() {
        Call soon = call(10);
        Call late = call(25_000);
        Call later = call(90_000);

        wheel.advance(start + 60_000 * MILLI);

        assertThat(expired).containsExactlyInAnyOrder(soon, late);
        wheel.remove(later);
        assertThat(wheel.size()).isZero();
    }

    @Test
    void anEntryThatIsMovedOrAddedWhileOthersAreDueIsSeenOnceAtItsNewTime() {
        List<Call> seen = new ArrayList<>();
        List<Call> calls = new ArrayList<>();
        List<TimerWheel<Call>> self = new ArrayList<>();
        TimerWheel<Call> moving = new TimerWheel<>(loop, TICK_NANOS, call -> {
            seen.add(call);
            if (seen.size() == 1) {
                // The others are due in the same tick.
                calls.stream()
                        .filter(other -> other != call)
                        .forEach(other -> self.getFirst().move(other, start + 500 * MILLI));
                self.getFirst().add(call, start + 600 * MILLI);
            }
        });
        self.add(moving);
        for (int i = 0; i < 3; i++) {
            Call call = new Call(start + 10 * MILLI);
            calls.add(call);
            moving.add(call, call.deadlineNanos());
        }

        moving.advance(start + 100 * MILLI);
        assertThat(seen).hasSize(1);
        moving.advance(start + 530 * MILLI);
        assertThat(seen).hasSize(3);
        moving.advance(start + 630 * MILLI);

        assertThat(seen).hasSize(4).containsAll(calls);
        assertThat(moving.size()).isZero();
    }

    @Test
    void whatIsLateAlreadyIsSeenByTheNextTick() {
        call(10_000);
        wheel.advance(start + 300 * MILLI);
        Call late = call(100);

        wheel.advance(start + 330 * MILLI);

        assertThat(expired).containsExactly(late);
    }

    @Test
    void aCallbackThatFailsStopsNeitherTheOthersNorTheWheel() {
        List<Call> seen = new ArrayList<>();
        TimerWheel<Call> failing = new TimerWheel<>(loop, TICK_NANOS, call -> {
            seen.add(call);
            if (seen.size() == 1) {
                throw new IllegalStateException("somebody's dialect failed");
            }
        });
        for (int i = 0; i < 3; i++) {
            failing.add(new Call(start), start + 10 * MILLI);
        }

        failing.advance(start + 100 * MILLI);

        assertThat(seen).hasSize(3);
        assertThat(failing.size()).isZero();
    }
}
