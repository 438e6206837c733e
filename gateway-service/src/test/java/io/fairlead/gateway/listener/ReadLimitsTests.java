package io.fairlead.gateway.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.CloseReason;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class ReadLimitsTests {
    private final ReadLimits limits = new ReadLimits(
            new Binder(new MapConfigurationPropertySource(Map.of(
                            "l.port", "0",
                            "l.framing", "lf",
                            "l.call", "echo/echo",
                            "l.first-byte-timeout", "4s",
                            "l.mid-message-timeout", "2s",
                            "l.idle-timeout", "60s",
                            "l.slow-reader-timeout", "3s")))
                    .bind("l", ListenerProperties.class)
                    .get(),
            0);

    private static long at(double seconds) {
        return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }

    private @Nullable CloseReason check(double seconds) {
        return check(seconds, false, false);
    }

    private @Nullable CloseReason check(double seconds, boolean paused, boolean busy) {
        ReadLimits.Exceeded exceeded = limits.check(at(seconds), paused, busy);
        return exceeded == null ? null : exceeded.reason();
    }

    @Test
    void looksFourTimesWithinTheShortestLimit() {
        assertThat(limits.tickNanos()).isEqualTo(at(0.5));
    }

    @Test
    void aConnectionThatNeverSendsEnds() {
        assertThat(check(4)).isNull();
        assertThat(check(4.1)).isEqualTo(CloseReason.FIRST_BYTE_TIMEOUT);
    }

    @Test
    void halfAMessageEndsItsConnectionEvenIfBytesTrickleIn() {
        limits.read(at(1), true);
        limits.read(at(2), true);
        limits.read(at(2.9), true);
        assertThat(check(3)).isNull();
        assertThat(check(3.1)).isEqualTo(CloseReason.MID_MESSAGE_TIMEOUT);
    }

    @Test
    void aCompletedMessageStartsTheTimeOfTheNextAnew() {
        limits.read(at(1), true);
        limits.messagesRead();
        limits.read(at(2.5), true);
        assertThat(check(4)).isNull();
        assertThat(check(4.6)).isEqualTo(CloseReason.MID_MESSAGE_TIMEOUT);
    }

    @Test
    void silenceBetweenMessagesEndsOnlyIdleConnections() {
        limits.read(at(1), false);
        assertThat(check(61)).isNull();
        assertThat(check(62, false, true)).isNull();
        assertThat(check(62)).isEqualTo(CloseReason.IDLE_TIMEOUT);
    }

    @Test
    void timeInWhichWeDoNotReadIsNotTheClients() {
        limits.read(at(1), true);
        assertThat(check(30, true, true)).isNull();
        limits.resumed(at(30));
        assertThat(check(31)).isNull();
        assertThat(check(32.1)).isEqualTo(CloseReason.MID_MESSAGE_TIMEOUT);
    }

    @Test
    void aReaderThatStaysSlowEnds() {
        limits.unwritable(at(1));
        assertThat(check(3.9, true, true)).isNull();
        assertThat(check(4.1, true, true)).isEqualTo(CloseReason.SLOW_READER);
        limits.writable();
        assertThat(check(4.2, true, true)).isNull();
    }
}
