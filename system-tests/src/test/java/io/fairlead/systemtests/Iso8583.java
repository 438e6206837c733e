package io.fairlead.systemtests;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.FieldParseInfo;
import java.io.UnsupportedEncodingException;
import java.text.ParseException;
import java.util.Map;

/// Authorization requests and their responses, made and read by j8583, which we did not write.
final class Iso8583 {
    private static final int REQUEST = 0x100;
    private static final int RESPONSE = 0x110;
    private static final String ENCODING = "ISO-8859-1";
    private static final MessageFactory<IsoMessage> FACTORY = new MessageFactory<>();

    static {
        FACTORY.setCharacterEncoding(ENCODING);
        FACTORY.setParseMap(
                RESPONSE,
                Map.of(
                        2, FieldParseInfo.getInstance(IsoType.LLVAR, 0, ENCODING, false),
                        3, FieldParseInfo.getInstance(IsoType.NUMERIC, 6, ENCODING, false),
                        4, FieldParseInfo.getInstance(IsoType.NUMERIC, 12, ENCODING, false),
                        7, FieldParseInfo.getInstance(IsoType.NUMERIC, 10, ENCODING, false),
                        11, FieldParseInfo.getInstance(IsoType.NUMERIC, 6, ENCODING, false),
                        38, FieldParseInfo.getInstance(IsoType.ALPHA, 6, ENCODING, false),
                        39, FieldParseInfo.getInstance(IsoType.ALPHA, 2, ENCODING, false),
                        41, FieldParseInfo.getInstance(IsoType.ALPHA, 8, ENCODING, false)));
    }

    private Iso8583() {}

    /// @param trace field 11, which pairs a response with its request
    /// @param amount field 4
    static byte[] authorization(int trace, int amount) {
        IsoMessage message = FACTORY.newMessage(REQUEST);
        message.setValue(2, "4111111111111111", IsoType.LLVAR, 0);
        message.setValue(3, "000000", IsoType.NUMERIC, 6);
        message.setValue(4, "%012d".formatted(amount), IsoType.NUMERIC, 12);
        message.setValue(7, "0102030405", IsoType.NUMERIC, 10);
        message.setValue(11, "%06d".formatted(trace), IsoType.NUMERIC, 6);
        message.setValue(41, "TERM0001", IsoType.ALPHA, 8);
        return message.writeData();
    }

    /// @param code field 39, `00` for approved; empty if there is none
    record Response(int type, int trace, int amount, String code, String terminal) {}

    static Response response(byte[] message) {
        try {
            IsoMessage response = FACTORY.parseMessage(message, 0);
            return new Response(
                    response.getType(),
                    Integer.parseInt(response.getField(11).toString()),
                    Integer.parseInt(response.getField(4).toString()),
                    response.hasField(39) ? response.getField(39).toString() : "",
                    response.getField(41).toString());
        } catch (ParseException | UnsupportedEncodingException e) {
            throw new AssertionError("no readable response", e);
        }
    }
}
