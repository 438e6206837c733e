package io.fairlead.worker;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.ConfigParser;
import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import java.io.IOException;
import java.text.ParseException;
import java.util.Objects;
import java.util.Set;
import org.springframework.stereotype.Component;

/// Reads ISO 8583:1987 messages as `j8583.xml` lays them out: in ASCII with hexadecimal bitmaps, as the gateway's
/// `iso8583` dialect does by default, or packed.
@Component
class CardMessages {
    private static final int ASCII_TYPE_BYTES = 4;

    /// As in `j8583.xml`.
    private static final Set<Integer> TYPES = Set.of(0x100, 0x101, 0x800, 0x801);

    /// What responses never carry: tracks, PIN, security and chip data, and codes of the request.
    private static final int[] SECRET = {35, 36, 45, 52, 53, 55, 64};

    private final MessageFactory<IsoMessage> factory = new MessageFactory<>();
    private final boolean binary;

    CardMessages(CardProperties properties) throws IOException {
        binary = properties.binary();
        factory.setCharacterEncoding("ISO-8859-1");
        factory.setUseBinaryMessages(binary);
        ConfigParser.configureFromUrl(
                factory, Objects.requireNonNull(getClass().getResource("/j8583.xml"), "j8583.xml"));
    }

    /// @throws FairleadException INVALID_ARGUMENT if it cannot be read
    IsoMessage read(byte[] payload) {
        int type = type(payload);
        // j8583 logs messages of other types whole, card number included.
        if (!TYPES.contains(type)) {
            throw new FairleadException(
                    Status.INVALID_ARGUMENT, "message type: " + Integer.toHexString(type) + " (expected: 100 or 800)");
        }
        try {
            return factory.parseMessage(payload, 0);
        } catch (ParseException | IOException | RuntimeException e) {
            throw new FairleadException(
                    Status.INVALID_ARGUMENT, "payload: is no ISO 8583 message in the configured layout", e);
        }
    }

    /// The request's fields, as far as responses carry them, under the response's type; that of a repeat is the
    /// original's.
    IsoMessage response(IsoMessage request) {
        IsoMessage response = factory.createResponse(request);
        response.setType((request.getType() & ~0xf) + 0x10);
        response.removeFields(SECRET);
        return response;
    }

    byte[] write(IsoMessage message) {
        return message.writeData();
    }

    private int type(byte[] payload) {
        if (payload.length < ASCII_TYPE_BYTES) {
            return 0;
        }
        if (binary) {
            return ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
        }
        int type = 0;
        for (int i = 0; i < ASCII_TYPE_BYTES; i++) {
            type = (type << 4) | (Character.digit(payload[i], 16) & 0xf);
        }
        return type;
    }
}
