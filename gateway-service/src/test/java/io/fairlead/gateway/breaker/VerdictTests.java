package io.fairlead.gateway.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.wire.Status;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VerdictTests {
    @ParameterizedTest
    @EnumSource(names = {"INTERNAL", "UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED", "DATA_LOSS"})
    void whatTheInstanceDidNotDoIsItsFailure(Status status) {
        assertThat(Verdict.of(status, false)).isEqualTo(Verdict.FAILURE);
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "INVALID_ARGUMENT",
                "NOT_FOUND",
                "ALREADY_EXISTS",
                "PERMISSION_DENIED",
                "FAILED_PRECONDITION",
                "OUT_OF_RANGE",
                "UNAUTHENTICATED",
                "ABORTED"
            })
    void aCallersFaultIsAnAnswer(Status status) {
        assertThat(Verdict.of(status, false)).isEqualTo(Verdict.SUCCESS);
    }

    @ParameterizedTest
    @EnumSource(names = {"RESOURCE_EXHAUSTED", "CANCELLED", "DEADLINE_EXCEEDED"})
    void aRefusalForWantOfRoomOrTimeSaysNothing(Status status) {
        assertThat(Verdict.of(status, true)).isEqualTo(Verdict.NONE);
    }

    @ParameterizedTest
    @EnumSource
    void aFailureIsNamedByItsStatus(Status status) {
        assertThat(CallFailure.of(status).status()).isEqualTo(status);
    }
}
