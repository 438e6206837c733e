package io.fairlead.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusTests {
    @Test
    void codesAreThoseOfGrpc() {
        // google/rpc/code.proto
        Map<String, Integer> grpc = Map.ofEntries(
                Map.entry("OK", 0),
                Map.entry("CANCELLED", 1),
                Map.entry("UNKNOWN", 2),
                Map.entry("INVALID_ARGUMENT", 3),
                Map.entry("DEADLINE_EXCEEDED", 4),
                Map.entry("NOT_FOUND", 5),
                Map.entry("ALREADY_EXISTS", 6),
                Map.entry("PERMISSION_DENIED", 7),
                Map.entry("UNAUTHENTICATED", 16),
                Map.entry("RESOURCE_EXHAUSTED", 8),
                Map.entry("FAILED_PRECONDITION", 9),
                Map.entry("ABORTED", 10),
                Map.entry("OUT_OF_RANGE", 11),
                Map.entry("UNIMPLEMENTED", 12),
                Map.entry("INTERNAL", 13),
                Map.entry("UNAVAILABLE", 14),
                Map.entry("DATA_LOSS", 15));

        Map<Status, Integer> ours = new EnumMap<>(Status.class);
        for (Status status : Status.values()) {
            ours.put(status, status.code());
        }

        assertThat(ours).hasSameSizeAs(grpc);
        ours.forEach((status, code) -> assertThat(grpc).containsEntry(status.name(), code));
    }

    @Test
    void everyCodeLeadsBackToItsStatus() {
        for (Status status : Status.values()) {
            assertThat(Status.of(status.code())).isEqualTo(status);
        }
    }

    @Test
    void anUnknownCodeIsUnknown() {
        assertThat(Status.of(17)).isEqualTo(Status.UNKNOWN);
        assertThat(Status.of(255)).isEqualTo(Status.UNKNOWN);
        assertThat(Status.of(-1)).isEqualTo(Status.UNKNOWN);
    }
}
