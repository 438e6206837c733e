package io.fairlead.worker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.ConfigParser;
import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CardsTests {
    private final Cards cards = cards(false);

    @Test
    void approvesWithAnAuthorizationCode() throws Exception {
        IsoMessage response = authorize("000000012345");

        assertThat(response.getType()).isEqualTo(0x110);
        assertThat(text(response, 39)).isEqualTo("00");
        assertThat(text(response, 38)).matches("[0-9]{6}");
    }

    @Test
    void answersTheSameRequestTheSame() throws Exception {
        assertThat(text(authorize("000000012345"), 38)).isEqualTo(text(authorize("000000012345"), 38));
    }

    @Test
    void repeatsTheFieldsOfTheRequest() throws Exception {
        IsoMessage response = authorize("000000012345");

        assertThat(text(response, 2)).isEqualTo("4242424242424242");
        assertThat(text(response, 3)).isEqualTo("000000");
        assertThat(text(response, 4)).isEqualTo("000000012345");
        assertThat(text(response, 7)).isEqualTo("1122165900");
        assertThat(text(response, 11)).isEqualTo("000042");
        assertThat(text(response, 37)).isEqualTo("632700000042");
        assertThat(text(response, 41)).isEqualTo("TERM0001");
        assertThat(text(response, 49)).isEqualTo("978");
    }

    @Test
    void keepsTracksAndPinsOutOfResponses() throws Exception {
        IsoMessage request = request(0x100, "000000012345");
        request.setValue(35, "4242424242424242=29121010000000000000", IsoType.LLVAR, 0);
        request.setValue(52, new byte[8], IsoType.BINARY, 8);
        request.setValue(128, new byte[8], IsoType.BINARY, 8);

        IsoMessage response = exchange(request);

        assertThat(text(response, 39)).isEqualTo("00");
        assertThat(response.hasAnyField(35, 52, 64, 128)).isFalse();
    }

    @Test
    void declinesByAmount() throws Exception {
        assertThat(text(authorize("000000100000"), 39)).isEqualTo("00");
        assertThat(text(authorize("000000100001"), 39)).isEqualTo("51");
        assertThat(text(authorize("000000500000"), 39)).isEqualTo("51");
        assertThat(text(authorize("000000500001"), 39)).isEqualTo("61");
        assertThat(authorize("000000500001").hasField(38)).isFalse();
    }

    @Test
    void answersWhatLacksAFieldWithFormatError() throws Exception {
        IsoMessage request = request(0x100, "000000012345");
        request.removeFields(4);

        assertThat(text(exchange(request), 39)).isEqualTo("30");
        assertThat(text(authorize("12A456789012"), 39)).isEqualTo("30");
    }

    @Test
    void answersRepeatsAsTheOriginal() throws Exception {
        IsoMessage original = exchange(request(0x100, "000000012345"));
        IsoMessage repeated = exchange(request(0x101, "000000012345"));

        assertThat(repeated.getType()).isEqualTo(0x110);
        assertThat(text(repeated, 38)).isEqualTo(text(original, 38));
    }

    @Test
    void answersNetworkManagement() throws Exception {
        IsoMessage request = new MessageFactory<>().newMessage(0x800);
        request.setCharacterEncoding("ISO-8859-1");
        request.setValue(7, "1122165900", IsoType.NUMERIC, 10);
        request.setValue(11, "000001", IsoType.NUMERIC, 6);
        request.setValue(70, "301", IsoType.NUMERIC, 3);

        IsoMessage response = exchange(request);

        assertThat(response.getType()).isEqualTo(0x810);
        assertThat(text(response, 39)).isEqualTo("00");
        assertThat(text(response, 70)).isEqualTo("301");
        assertThat(response.hasField(38)).isFalse();
    }

    @Test
    void writesHexadecimalBitmapsInAscii() {
        byte[] response = cards.authorize(request(0x100, "000000012345").writeData());

        assertThat(new String(response, ISO_8859_1)).startsWith("0110722000000E808000164242424242424242000000");
    }

    @Test
    void readsPackedMessagesWhereToldTo() throws Exception {
        IsoMessage request = request(0x100, "000000012345");
        request.setBinary(true);

        byte[] response = cards(true).authorize(request.writeData());

        assertThat(response).startsWith(0x01, 0x10, 0x72, 0x20);
    }

    @Test
    void failsWhatItCannotReadWithoutRepeatingIt() {
        String cut = new String(request(0x100, "000000012345").writeData(), ISO_8859_1).substring(0, 60);
        for (String payload : List.of("", "0100", "hello world, this is no card", "02007220000000", cut)) {
            assertThatThrownBy(() -> cards.authorize(payload.getBytes(StandardCharsets.ISO_8859_1)))
                    .as("'%s'", payload)
                    .isInstanceOfSatisfying(FairleadException.class, e -> {
                        assertThat(e.status()).isEqualTo(Status.INVALID_ARGUMENT);
                        assertThat(e).hasMessageNotContaining("4242");
                    });
        }
    }

    private IsoMessage authorize(String amount) throws IOException, ParseException {
        return exchange(request(0x100, amount));
    }

    private IsoMessage exchange(IsoMessage request) throws IOException, ParseException {
        byte[] response = cards.authorize(request.writeData());
        MessageFactory<IsoMessage> factory = new MessageFactory<>();
        factory.setCharacterEncoding("ISO-8859-1");
        String guide;
        try (var xml = Objects.requireNonNull(getClass().getResourceAsStream("/j8583.xml"))) {
            guide = new String(xml.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("0101", "0110")
                    .replace("0801", "0810");
        }
        ConfigParser.configureFromReader(factory, new StringReader(guide));
        return factory.parseMessage(response, 0);
    }

    private static IsoMessage request(int type, String amount) {
        IsoMessage request = new MessageFactory<>().newMessage(type);
        request.setCharacterEncoding("ISO-8859-1");
        request.setValue(2, "4242424242424242", IsoType.LLVAR, 0);
        request.setValue(3, "000000", IsoType.NUMERIC, 6);
        request.setValue(4, amount, IsoType.ALPHA, 12);
        request.setValue(7, "1122165900", IsoType.NUMERIC, 10);
        request.setValue(11, "000042", IsoType.NUMERIC, 6);
        request.setValue(37, "632700000042", IsoType.ALPHA, 12);
        request.setValue(41, "TERM0001", IsoType.ALPHA, 8);
        request.setValue(49, "978", IsoType.NUMERIC, 3);
        return request;
    }

    private static String text(IsoMessage message, int field) {
        return String.valueOf((Object) message.getField(field));
    }

    private static Cards cards(boolean binary) {
        CardProperties properties = new CardProperties(binary, 500_000, 100_000);
        try {
            return new Cards(new CardMessages(properties), properties);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
