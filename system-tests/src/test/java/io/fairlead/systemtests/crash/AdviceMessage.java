package io.fairlead.systemtests.crash;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.FieldParseInfo;
import java.io.UnsupportedEncodingException;
import java.text.ParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An ISO 8583 advice or its response, made and read by j8583, which we did not write.
///
/// Field 41 is the producer. A trace number (field 11) wraps after a million messages, so the transmission time
/// (field 7) is part of what tells two advices apart. The ordering key is field 37.
///
/// @param type such as 0x220
/// @param code field 39; empty if there is none
record AdviceMessage(int type, String producer, int number, String orderingKey, String code) {
    static final int RESPONSE = 0x230;

    private static final int ADVICE = 0x220;
    private static final int REPEAT = 0x221;
    private static final int TRACES = 1_000_000;
    private static final String ENCODING = "ISO-8859-1";
    private static final MessageFactory<IsoMessage> FACTORY = new MessageFactory<>();

    static {
        FACTORY.setCharacterEncoding(ENCODING);
        Map<Integer, FieldParseInfo> fields = Map.of(
                4, FieldParseInfo.getInstance(IsoType.NUMERIC, 12, ENCODING, false),
                7, FieldParseInfo.getInstance(IsoType.NUMERIC, 10, ENCODING, false),
                11, FieldParseInfo.getInstance(IsoType.NUMERIC, 6, ENCODING, false),
                32, FieldParseInfo.getInstance(IsoType.LLVAR, 0, ENCODING, false),
                37, FieldParseInfo.getInstance(IsoType.ALPHA, 12, ENCODING, false),
                39, FieldParseInfo.getInstance(IsoType.ALPHA, 2, ENCODING, false),
                41, FieldParseInfo.getInstance(IsoType.ALPHA, 8, ENCODING, false));
        for (int type : new int[] {ADVICE, REPEAT, RESPONSE}) {
            FACTORY.setParseMap(type, fields);
        }
    }

    static byte[] advice(Sent sent, boolean repeat) {
        IsoMessage message = FACTORY.newMessage(repeat ? REPEAT : ADVICE);
        message.setValue(4, "000000001000", IsoType.NUMERIC, 12);
        message.setValue(7, "010203%04d".formatted(sent.number() / TRACES), IsoType.NUMERIC, 10);
        message.setValue(11, "%06d".formatted(sent.number() % TRACES), IsoType.NUMERIC, 6);
        message.setValue(32, "4711", IsoType.LLVAR, 0);
        message.setValue(37, sent.orderingKey(), IsoType.ALPHA, 12);
        message.setValue(41, sent.producer(), IsoType.ALPHA, 8);
        return message.writeData();
    }

    static AdviceMessage parse(byte[] bytes) {
        try {
            IsoMessage message = FACTORY.parseMessage(bytes, 0);
            int time = Integer.parseInt(field(message, 7).substring(6));
            return new AdviceMessage(
                    message.getType(),
                    field(message, 41),
                    time * TRACES + Integer.parseInt(field(message, 11)),
                    field(message, 37),
                    field(message, 39));
        } catch (ParseException | UnsupportedEncodingException e) {
            throw new IllegalArgumentException("no readable ISO 8583 message", e);
        }
    }

    private static String field(IsoMessage message, int number) {
        @Nullable Object value = message.hasField(number) ? message.getField(number).toString() : null;
        return value == null ? "" : value.toString().strip();
    }

    String id() {
        return producer + "-" + number;
    }
}
