package io.fairlead.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailedLoginsTests {
    private final FailedLogins logins = new FailedLogins();

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    private FailedLogins.Address failing(String name, int times) {
        FailedLogins.Address address = logins.of(name);
        for (int i = 0; i < times; i++) {
            address.failed(seconds(100));
        }
        return address;
    }

    @Test
    void tenMayFailAtOnceAndOneMoreEverySixSeconds() {
        FailedLogins.Address address = failing("a", 9);
        assertThat(address.waitSeconds(seconds(100))).isZero();
        address.failed(seconds(100));
        assertThat(address.waitSeconds(seconds(100))).isEqualTo(7);
        assertThat(address.waitSeconds(seconds(105))).isEqualTo(2);
        assertThat(address.waitSeconds(seconds(106))).isZero();
        address.failed(seconds(106));
        assertThat(address.waitSeconds(seconds(107))).isPositive();
        assertThat(address.waitSeconds(seconds(1000))).isZero();
    }

    @Test
    void oneAddressDoesNotLockOutAnother() {
        failing("a", 10);
        assertThat(logins.of("a").waitSeconds(seconds(100))).isPositive();
        assertThat(logins.of("b").waitSeconds(seconds(100))).isZero();
    }

    @Test
    void successForgivesAll() {
        FailedLogins.Address address = failing("a", 10);
        address.succeeded();
        assertThat(address.waitSeconds(seconds(100))).isZero();
    }

    @Test
    void remembersNoMoreThanTheLastAddresses() {
        failing("first", 10);
        for (int i = 0; i < 1024; i++) {
            failing("other" + i, 1);
        }
        assertThat(logins.of("first").waitSeconds(seconds(100))).isZero();
    }
}
