package io.fairlead.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.Heartbeat.Action;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HeartbeatTests {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Heartbeat heartbeat = new Heartbeat(SECOND);
    private long now = 42;

    private Action tick() {
        now += heartbeat.tickNanos();
        return heartbeat.tick(now, true);
    }

    private Action pausedTick() {
        now += heartbeat.tickNanos();
        return heartbeat.tick(now, false);
    }

    @Test
    void pingsButNeitherSuspectsNorGivesUpWhileItDoesNotRead() {
        tick();
        for (int i = 0; i < 20; i++) {
            assertThat(pausedTick()).isEqualTo(i % 2 == 0 ? Action.NOTHING : Action.PING);
            assertThat(heartbeat.isSuspect()).isFalse();
        }
        assertThat(tick()).as("a fresh start").isEqualTo(Action.NOTHING);
        for (int i = 0; i < 5; i++) {
            assertThat(tick()).isNotEqualTo(Action.GONE);
        }
        assertThat(tick()).isEqualTo(Action.GONE);
    }

    @Test
    void doesNothingWhileFramesCome() {
        for (int i = 0; i < 20; i++) {
            heartbeat.read();
            assertThat(tick()).isEqualTo(Action.NOTHING);
        }
    }

    @Test
    void pingsAfterOneSilentInterval() {
        tick();
        assertThat(tick()).isEqualTo(Action.NOTHING);
        assertThat(tick()).isEqualTo(Action.PING);
        assertThat(heartbeat.isSuspect()).isFalse();
    }

    @Test
    void suspectsAfterTwoAndGivesUpAfterThree() {
        tick();
        for (int i = 0; i < 4; i++) {
            tick();
        }
        assertThat(heartbeat.isSuspect()).isTrue();
        assertThat(tick()).isEqualTo(Action.NOTHING);
        assertThat(tick()).isEqualTo(Action.GONE);
    }

    @Test
    void trustsAgainWhatIsReadAgain() {
        tick();
        for (int i = 0; i < 5; i++) {
            tick();
        }
        heartbeat.read();
        assertThat(heartbeat.isSuspect()).isFalse();
        assertThat(tick()).isEqualTo(Action.NOTHING);
        assertThat(tick()).isEqualTo(Action.NOTHING);
        assertThat(tick()).isEqualTo(Action.PING);
    }

    @Test
    void doesNotTakeItsOwnPauseForSilence() {
        tick();
        now += 60 * SECOND;
        assertThat(tick()).isNotEqualTo(Action.GONE);
        assertThat(heartbeat.isSuspect()).isFalse();
    }

    @Test
    void isRareAtRest() {
        tick();
        heartbeat.rest();
        heartbeat.read();
        assertThat(heartbeat.tickNanos()).isEqualTo(5 * SECOND);
        for (int i = 0; i < 4; i++) {
            assertThat(tick()).isEqualTo(Action.NOTHING);
            assertThat(tick()).isEqualTo(Action.NOTHING);
            assertThat(tick()).isEqualTo(Action.PING);
            assertThat(heartbeat.isSuspect()).isFalse();
            heartbeat.read();
        }
    }

    @Test
    void wakesWhenNobodyAnswersAtRest() {
        tick();
        heartbeat.rest();
        heartbeat.read();
        tick();
        tick();
        assertThat(tick()).isEqualTo(Action.PING);
        assertThat(tick()).isEqualTo(Action.WAKE);
    }

    @Test
    void givesUpAfterThreeUsualIntervalsOnceAwake() {
        tick();
        heartbeat.rest();
        tick();
        tick();
        tick();
        heartbeat.wake(now);
        assertThat(heartbeat.isResting()).isFalse();
        for (int i = 1; i < 6; i++) {
            assertThat(tick()).isNotEqualTo(Action.GONE);
            assertThat(heartbeat.isSuspect()).isEqualTo(i >= 4);
        }
        assertThat(tick()).isEqualTo(Action.GONE);
    }

    @Test
    void mayRestAfterTenQuietIntervalsIfThePeerIsHeard() {
        tick();
        assertThat(heartbeat.mayRest(19)).isFalse();
        assertThat(heartbeat.mayRest(20)).isTrue();
        tick();
        assertThat(heartbeat.mayRest(20)).isFalse();
    }
}
