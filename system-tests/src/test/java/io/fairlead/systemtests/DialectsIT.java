package io.fairlead.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A request that gets no reply from a worker is answered in its client's own language, and the connection goes on.
@ExtendWith(Suite.Extension.class)
class DialectsIT {
    private final Gateway gateway;

    DialectsIT(Suite suite) {
        gateway = suite.gateway();
    }

    @ParameterizedTest
    @CsvSource({"nobody, AR, UNAVAILABLE", "slow, AE, DEADLINE_EXCEEDED", "failing, AE, INTERNAL"})
    void hl7ClientsGetAnAcknowledgmentWithTheReason(String service, String code, String status) throws IOException {
        try (ForeignClient client = new ForeignClient(gateway.port(service + "-hl7"), ClientFraming.MLLP)) {
            for (String controlId : new String[] {"MSG00001", "MSG00002"}) {
                Hl7.Ack ack = Hl7.ack(client.call(Hl7.admission(controlId)));
                assertThat(ack.code()).isEqualTo(code);
                assertThat(ack.controlId()).isEqualTo(controlId);
                assertThat(ack.text()).contains("\rERR|").contains(status);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"nobody, 91", "slow, 91", "failing, 96"})
    void cardTerminalsGetAResponseWithTheCode(String service, String code) throws IOException {
        try (ForeignClient client = new ForeignClient(gateway.port(service + "-iso8583"), ClientFraming.LENGTH2)) {
            for (int trace = 1; trace <= 2; trace++) {
                assertThat(Iso8583.response(client.call(Iso8583.authorization(trace, 4_200))))
                        .isEqualTo(new Iso8583.Response(0x110, trace, 4_200, code, "TERM0001"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"nobody, UNAVAILABLE", "slow, DEADLINE_EXCEEDED", "failing, INTERNAL"})
    void lineClientsGetALineWithTheStatus(String service, String status) throws IOException {
        try (ForeignClient client = new ForeignClient(gateway.port(service + "-text"), ClientFraming.LF)) {
            assertThat(client.call("first")).startsWith("ERR " + status + " ");
            assertThat(client.call("second")).startsWith("ERR " + status + " ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody", "slow", "failing"})
    void withoutADialectTheConnectionIsEnded(String service) throws IOException {
        String listener = service + "-none";
        double before = gateway.closed(listener, "CANNOT_REFUSE");
        try (ForeignClient client = new ForeignClient(gateway.port(listener), ClientFraming.LF)) {
            client.sendRaw(ClientFraming.LF.frame(new byte[] {'x'}));
            assertThat(client.receiveOrEnd()).isNull();
        }
        await().untilAsserted(() ->
                assertThat(gateway.closed(listener, "CANNOT_REFUSE")).isEqualTo(before + 1));
    }

    @Test
    void withoutAWorkerTheAnswerComesAtOnce() throws IOException {
        try (ForeignClient client = new ForeignClient(gateway.port("nobody-text"), ClientFraming.LF)) {
            long start = System.nanoTime();
            client.call("is anybody there?");
            // The listener's calls may take 30 s; "at once" leaves room for a busy machine alone.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }
}
