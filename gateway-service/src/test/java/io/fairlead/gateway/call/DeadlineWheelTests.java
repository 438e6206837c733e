package io.fairlead.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlineWheelTests {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final EventLoop loop = new DefaultEventLoop();
    private final List<Call> expired = new ArrayList<>();
    private final DeadlineWheel wheel = new DeadlineWheel(loop, expired::add);
    private final long start = System.nanoTime();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private Call call(long deadlineMillis) {
        Call call = new Call(
                new NoOrigin(),
                0,
                Route.parse("a/b"),
                new byte[0],
                Unpooled.EMPTY_BUFFER,
                0,
                0,
                0,
                0,
                start,
                start + deadlineMillis * MILLI);
        wheel.add(call);
        return call;
    }

    @Test
    void expiresACallAtMostOneTickLateAndNeverEarly() {
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
                    .noneMatch(call -> nowNanos - call.deadlineNanos() > 2 * DeadlineWheel.TICK_NANOS);
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

    private static final class NoOrigin implements CallOrigin {
        @Override
        public void answered(Call call, ByteBuf buf, int at, boolean last) {}

        @Override
        public void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {}

        @Override
        public void pause() {}

        @Override
        public void resume() {}
    }
}
