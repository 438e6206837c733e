package io.fairlead.starter.inbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.wire.Route;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintKindTests {
    private static final Route STORE = Route.parse("hl7/store");

    private static byte[] print(FingerprintKind kind, String payload) {
        return new Fingerprints(Map.of("hl7", kind), FingerprintKind.PAYLOAD).of(STORE, payload.getBytes(US_ASCII));
    }

    @Test
    void hl7LeavesOutTheTimeAlone() {
        String message = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01|7|P|2.5\rPID|1\r";

        assertThat(print(FingerprintKind.HL7, message))
                .isEqualTo(print(FingerprintKind.HL7, message.replace("20260101", "20260102115959")))
                .isEqualTo(print(FingerprintKind.HL7, message.replace("20260101", "")))
                .isNotEqualTo(print(FingerprintKind.HL7, message.replace("|7|", "|8|")))
                .isNotEqualTo(print(FingerprintKind.HL7, message.replace("|D|", "|E|")))
                .isNotEqualTo(print(FingerprintKind.HL7, message.replace("PID|1", "PID|2")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MSH", "MSH|", "MSH|a|b\r|||||||", "hello"})
    void otherTextsCountWhole(String text) {
        assertThat(print(FingerprintKind.HL7, text)).isEqualTo(print(FingerprintKind.PAYLOAD, text));
    }

    @Test
    void noneTakesEveryPayloadForTheSame() {
        assertThat(print(FingerprintKind.NONE, "a")).isEqualTo(print(FingerprintKind.NONE, "b"));
    }

    @Test
    void iso8583LeavesOutTheRepeatDigitAlone() {
        assertThat(print(FingerprintKind.ISO8583, "0101rest"))
                .isEqualTo(print(FingerprintKind.ISO8583, "0100rest"))
                .isNotEqualTo(print(FingerprintKind.ISO8583, "0200rest"))
                .isNotEqualTo(print(FingerprintKind.ISO8583, "0100other"));
        assertThat(print(FingerprintKind.ISO8583, "\u0001\u0001x"))
                .isEqualTo(print(FingerprintKind.ISO8583, "\u0001\u0000x"));
    }
}
