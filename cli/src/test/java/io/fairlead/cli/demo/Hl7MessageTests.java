package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.hl7v2.AcknowledgmentCode;
import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.parser.PipeParser;
import io.fairlead.cli.demo.Exchange.Outcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Messages as an independent reader, HAPI, sees them, and its acknowledgments.
class Hl7MessageTests {
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
        Hl7Message mine = new Hl7Message(number);
        Hl7Message other = new Hl7Message(number + 3);

        assertThat(mine.judge(ack(mine, AcknowledgmentCode.AA))).isEqualTo(Outcome.RIGHT);
        assertThat(mine.judge(ack(mine, AcknowledgmentCode.AR))).isEqualTo(Outcome.FAILED);
        assertThat(mine.judge(ack(other, AcknowledgmentCode.AA))).isEqualTo(Outcome.WRONG);
        assertThat(mine.judge("MSH|nothing".getBytes(ISO_8859_1))).isEqualTo(Outcome.WRONG);
    }
}
