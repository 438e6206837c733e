package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.FieldParseInfo;
import io.fairlead.cli.demo.Exchange.Outcome;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/// Requests as an independent reader, j8583, sees them, and its answers.
class CardMessageTests {
    private static final Run RUN = new Run("ABC123", Instant.parse("2026-07-04T10:15:00Z"));

    private final MessageFactory<IsoMessage> factory = factory();

    private static MessageFactory<IsoMessage> factory() {
        MessageFactory<IsoMessage> factory = new MessageFactory<>();
        factory.setCharacterEncoding("ISO-8859-1");
        Map<Integer, FieldParseInfo> fields = new TreeMap<>();
        fields.put(2, FieldParseInfo.getInstance(IsoType.LLVAR, 0, "ISO-8859-1", false));
        Map.of(3, 6, 4, 12, 7, 10, 11, 6)
                .forEach((field, length) ->
                        fields.put(field, FieldParseInfo.getInstance(IsoType.NUMERIC, length, "ISO-8859-1", false)));
        Map.of(41, 8, 49, 3)
                .forEach((field, length) ->
                        fields.put(field, FieldParseInfo.getInstance(IsoType.ALPHA, length, "ISO-8859-1", false)));
        factory.setParseMap(0x100, fields);
        return factory;
    }

    private byte[] answer(CardMessage request, String code) throws Exception {
        IsoMessage message = factory.parseMessage(request.request(), 0);
        IsoMessage response = factory.createResponse(message);
        response.setType(0x110);
        response.setValue(39, code, IsoType.ALPHA, 2);
        if (code.equals("00")) {
            CRC32 crc = new CRC32();
            for (int field : new int[] {4, 7, 11, 41}) {
                crc.update(message.getField(field).toString().getBytes(ISO_8859_1));
            }
            response.setValue(38, "%06d".formatted(crc.getValue() % 1_000_000), IsoType.ALPHA, 6);
        }
        return response.writeData();
    }

    @Test
    void anotherReaderUnderstandsIt() throws Exception {
        IsoMessage message = factory.parseMessage(new CardMessage(RUN, 123_456, 7).request(), 0);

        assertThat(message.getType()).isEqualTo(0x100);
        assertThat(message.getField(7).toString()).isEqualTo("0704101500");
        assertThat(message.getField(11).toString()).isEqualTo("123456");
        assertThat(message.getField(41).toString()).isEqualTo("ABC12307");
    }

    @Test
    void traceNumbersThatBeginAnewHaveAnotherTime() throws Exception {
        IsoMessage message = factory.parseMessage(new CardMessage(RUN, 2_000_005, 7).request(), 0);

        assertThat(message.getField(7).toString()).isEqualTo("0704101502");
        assertThat(message.getField(11).toString()).isEqualTo("000005");
    }

    @Test
    void theSameMessageOfAnotherRunIsAnother() throws Exception {
        CardMessage mine = new CardMessage(RUN, 1, 1);
        CardMessage later = new CardMessage(new Run("ABC123", RUN.start().plusSeconds(1)), 1, 1);
        CardMessage beside = new CardMessage(new Run("ABC124", RUN.start()), 1, 1);

        assertThat(mine.judge(answer(later, "00"))).isEqualTo(Outcome.WRONG);
        assertThat(mine.judge(answer(beside, "00"))).isEqualTo(Outcome.WRONG);
    }

    @Test
    void aRepeatDiffersInItsTypeAlone() {
        CardMessage message = new CardMessage(RUN, 5, 1);

        String request = new String(message.request(), ISO_8859_1);
        String repeat = new String(message.repeat(), ISO_8859_1);

        assertThat(repeat).startsWith("0101").endsWith(request.substring(4)).hasSameSizeAs(request);
    }

    @Test
    void approvalsAndDeclinesAreRightWhereTheyAreDue() throws Exception {
        CardMessage affordable = new CardMessage(RUN, 6, 1);
        CardMessage tooMuch = new CardMessage(RUN, 7, 1);

        assertThat(affordable.judge(answer(affordable, "00"))).isEqualTo(Outcome.RIGHT);
        assertThat(affordable.judge(answer(affordable, "51"))).isEqualTo(Outcome.WRONG);
        assertThat(tooMuch.judge(answer(tooMuch, "51"))).isEqualTo(Outcome.RIGHT);
        assertThat(tooMuch.judge(answer(tooMuch, "00"))).isEqualTo(Outcome.WRONG);
    }

    @Test
    void theAnswerToAnotherRequestIsWrong() throws Exception {
        CardMessage mine = new CardMessage(RUN, 1, 1);

        assertThat(mine.judge(answer(new CardMessage(RUN, 2, 1), "00"))).isEqualTo(Outcome.WRONG);
        assertThat(mine.judge(answer(new CardMessage(RUN, 1, 2), "00"))).isEqualTo(Outcome.WRONG);
        assertThat(mine.judge(mine.request())).isEqualTo(Outcome.WRONG);
    }

    @Test
    void theGatewaysCodesSayWhetherItMayHaveRun() throws Exception {
        CardMessage message = new CardMessage(RUN, 1, 1);

        assertThat(message.judge(answer(message, "96"))).isEqualTo(Outcome.UNKNOWN);
        assertThat(message.judge(answer(message, "91"))).isEqualTo(Outcome.FAILED);
    }

    @Test
    void aCutAnswerIsWrongWhereverItIsCut() throws Exception {
        CardMessage message = new CardMessage(RUN, 1, 1);
        String whole = new String(answer(message, "00"), ISO_8859_1);

        for (int i = 0; i < whole.length(); i++) {
            assertThat(message.judge(whole.substring(0, i).getBytes(ISO_8859_1)))
                    .isEqualTo(Outcome.WRONG);
        }
    }
}
