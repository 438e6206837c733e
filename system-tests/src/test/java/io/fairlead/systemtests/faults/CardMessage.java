package io.fairlead.systemtests.faults;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.FieldParseInfo;
import java.io.UnsupportedEncodingException;
import java.text.ParseException;
import java.util.Map;

/// ISO 8583 authorizations of the bench, made and read by j8583. Terminal (field 41) and trace number (field
/// 11) are the id of a call.
final class CardMessage {
    private static final int REQUEST = 0x100;
    private static final int RESPONSE = 0x110;
    private static final String ENCODING = "ISO-8859-1";
    private static final MessageFactory<IsoMessage> FACTORY = new MessageFactory<>();

    static {
        FACTORY.setCharacterEncoding(ENCODING);
        Map<Integer, FieldParseInfo> fields = Map.of(
                4, FieldParseInfo.getInstance(IsoType.NUMERIC, 12, ENCODING, false),
                11, FieldParseInfo.getInstance(IsoType.NUMERIC, 6, ENCODING, false),
                39, FieldParseInfo.getInstance(IsoType.ALPHA, 2, ENCODING, false),
                41, FieldParseInfo.getInstance(IsoType.ALPHA, 8, ENCODING, false));
        FACTORY.setParseMap(REQUEST, fields);
        FACTORY.setParseMap(RESPONSE, fields);
    }

    private CardMessage() {}

    static byte[] request(String terminal, int trace) {
        IsoMessage message = FACTORY.newMessage(REQUEST);
        message.setValue(4, "%012d".formatted(trace), IsoType.NUMERIC, 12);
        message.setValue(11, "%06d".formatted(trace), IsoType.NUMERIC, 6);
        message.setValue(41, terminal, IsoType.ALPHA, 8);
        return message.writeData();
    }

    static byte[] approval(byte[] request) {
        IsoMessage message = parse(request);
        message.setType(RESPONSE);
        message.setValue(39, "00", IsoType.ALPHA, 2);
        return message.writeData();
    }

    /// What a request and its response have in common.
    static String id(byte[] message) {
        IsoMessage parsed = parse(message);
        return parsed.getField(41).toString().strip() + "-"
                + Integer.parseInt(parsed.getField(11).toString());
    }

    /// Field 39 of a response; empty if there is none.
    static String code(byte[] response) {
        IsoMessage parsed = parse(response);
        return parsed.getType() == RESPONSE && parsed.hasField(39)
                ? parsed.getField(39).toString()
                : "";
    }

    private static IsoMessage parse(byte[] message) {
        try {
            return FACTORY.parseMessage(message, 0);
        } catch (ParseException | UnsupportedEncodingException e) {
            throw new IllegalArgumentException("no readable ISO 8583 message", e);
        }
    }
}
