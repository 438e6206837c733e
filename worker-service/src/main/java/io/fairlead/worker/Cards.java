package io.fairlead.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.IsoValue;
import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import java.util.Locale;
import java.util.zip.CRC32;

/// Authorizes card payments: 0100 is answered with 0110, network management 0800 with 0810.
///
/// Once for each key: a terminal that repeats a request because it missed the answer gets the same answer.
/// Without a key an authorization that may have run is not run again.
@FairleadService("cards")
class Cards {
    private static final int NETWORK_MANAGEMENT = 0x800;

    private static final String APPROVED = "00";
    private static final String FORMAT_ERROR = "30";
    private static final String INSUFFICIENT_FUNDS = "51";
    private static final String ABOVE_LIMIT = "61";

    private final CardMessages messages;
    private final CardProperties properties;

    Cards(CardMessages messages, CardProperties properties) {
        this.messages = messages;
        this.properties = properties;
    }

    @Call(once = true)
    byte[] authorize(byte[] payload) {
        IsoMessage request = messages.read(payload);
        IsoMessage response = messages.response(request);
        String code = (request.getType() & ~0xf) == NETWORK_MANAGEMENT ? APPROVED : decide(request);
        response.setValue(39, code, IsoType.ALPHA, 2);
        if (request.hasField(4) && code.equals(APPROVED)) {
            response.setValue(38, authorizationCode(request), IsoType.ALPHA, 6);
        }
        return messages.write(response);
    }

    private String decide(IsoMessage request) {
        if (!request.hasEveryField(2, 3, 4, 11)) {
            return FORMAT_ERROR;
        }
        long amount;
        try {
            amount = Long.parseLong(text(request, 4));
        } catch (NumberFormatException e) {
            return FORMAT_ERROR;
        }
        if (amount > properties.limit()) {
            return ABOVE_LIMIT;
        }
        return amount > properties.balance() ? INSUFFICIENT_FUNDS : APPROVED;
    }

    /// The same for the same request, so that tests and demonstrations can tell whose answer they have.
    private static String authorizationCode(IsoMessage request) {
        CRC32 crc = new CRC32();
        for (int field : new int[] {4, 7, 11, 41}) {
            crc.update(text(request, field).getBytes(US_ASCII));
        }
        return String.format(Locale.ROOT, "%06d", crc.getValue() % 1_000_000);
    }

    private static String text(IsoMessage request, int field) {
        IsoValue<?> value = request.getField(field);
        return value == null ? "" : value.toString();
    }
}
