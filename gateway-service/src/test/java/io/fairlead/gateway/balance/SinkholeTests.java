package io.fairlead.gateway.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Four instances that answer after 5 ms, one of which begins to fail at once after a second.
class SinkholeTests {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;

    private record End(long at, FakeCandidate candidate, long took, boolean failed) {}

    private final PriorityQueue<End> ends = new PriorityQueue<>(Comparator.comparingLong(End::at));

    private void endUntil(long now) {
        for (End end = ends.peek(); end != null && end.at() <= now; end = ends.peek()) {
            ends.remove();
            if (end.failed()) {
                end.candidate().load().failed(end.took(), end.at());
            } else {
                end.candidate().load().succeeded(end.took(), end.at());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 1_000, 20_000, 100_000})
    void anInstanceThatFailsAtOnceGetsFarLessThanItsShare(int callsPerSecond) {
        LoadSettings noSlowStart = new LoadSettings(10 * SECOND, 0, 1, 1);
        List<FakeCandidate> all = new ArrayList<>();
        for (String name : List.of("sink", "w1", "w2", "w3")) {
            all.add(new FakeCandidate(name, 100, "", 1_000_000, noSlowStart));
        }
        TwoChoices<FakeCandidate> picker = new TwoChoices<>(all, true, new SplittableRandom(3));
        int calls = 0;
        int atSink = 0;
        for (int i = 0; i < 6 * callsPerSecond; i++) {
            long now = i * SECOND / callsPerSecond;
            endUntil(now);
            FakeCandidate picked = picker.pick(FakeCall.FIRST, now);
            assertThat(picked).isNotNull();
            boolean failed = now > SECOND && picked == all.getFirst();
            long took = failed ? MS / 10 : 5 * MS;
            picked.load().began(now);
            ends.add(new End(now + took, picked, took, failed));
            if (now > SECOND) {
                calls++;
                atSink += failed ? 1 : 0;
            }
        }

        assertThat(atSink).as("of " + calls + ", fair: a fourth").isLessThan(calls / 12);
    }
}
