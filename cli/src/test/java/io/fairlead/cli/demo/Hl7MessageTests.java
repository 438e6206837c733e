package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.hl7v2.AcknowledgmentCode;
import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.parser.PipeParser;
import io.fairlead.cli.demo.Exchange.Outcome;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Messages as an independent reader, HAPI, sees them, and its acknowledgments.
class Hl7MessageTests {
    private static final Run RUN = new Run("ABC123", Instant.parse("2026-07-04T10:15:00Z"));

    private final PipeParser parser = parser();

    private static PipeParser parser() {
        DefaultHapiContext context = new DefaultHapiContext();
        context.getParserConfiguration().setIdGenerator(() -> "1");
        return context.getPipeParser();
    }

    private byte[] ack(Hl7Message message, AcknowledgmentCode code) throws Exception {
        Message read = parser.parse(new String(message.request(), ISO_8859_1));
        HL7Exception reason = code == AcknowledgmentCode.AA ? null : new HL7Exception("no");
        return read.generateACK(code, reason).encode().getBytes(ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 1_000_003})
    void eachSampleIsReadAndItsAcknowledgmentRecognized(long number) throws Exception {
        Hl7Message mine = new Hl7Message(RUN, number);
        Hl7Message other = new Hl7Message(RUN, number + 3);

        assertThat(mine.judge(ack(mine, AcknowledgmentCode.AA))).isEqualTo(Outcome.RIGHT);
        assertThat(mine.judge(ack(mine, AcknowledgmentCode.AR))).isEqualTo(Outcome.FAILED);
        assertThat(mine.judge(ack(other, AcknowledgmentCode.AA))).isEqualTo(Outcome.WRONG);
        assertThat(mine.judge("MSH|nothing".getBytes(ISO_8859_1))).isEqualTo(Outcome.WRONG);
    }

    @Test
    void theSameMessageOfAnotherRunIsAnother() throws Exception {
        Hl7Message mine = new Hl7Message(RUN, 1);
        Hl7Message other = new Hl7Message(new Run("ABC124", RUN.start()), 1);

        assertThat(mine.judge(ack(other, AcknowledgmentCode.AA))).isEqualTo(Outcome.WRONG);
    }

    @Test
    void aControlIdIsAsShortAsTheStandardWantsIt() {
        String message = new String(new Hl7Message(RUN, 9_999_999_999_999L).request(), ISO_8859_1);

        assertThat(message.split("\\|", -1)[9]).hasSize(20);
    }
}
