package io.fairlead.gateway.dialect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.FieldParseInfo;
import io.fairlead.gateway.dialect.Iso8583Settings.Bitmap;
import io.fairlead.gateway.dialect.Iso8583Settings.Encoding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests and responses as an independent reader and writer, j8583, makes and sees them.
class Iso8583DialectTests {

    /// An authorization as a terminal sends it: PAN, processing code, amount, time, trace number, track 2,
    /// terminal, PIN, a private field, MAC; some in the second half of the bitmap.
    private static final Map<Integer, IsoType> TYPES = new TreeMap<>(Map.ofEntries(
            Map.entry(2, IsoType.LLVAR),
            Map.entry(3, IsoType.NUMERIC),
            Map.entry(4, IsoType.NUMERIC),
            Map.entry(7, IsoType.NUMERIC),
            Map.entry(11, IsoType.NUMERIC),
            Map.entry(35, IsoType.LLVAR),
            Map.entry(39, IsoType.ALPHA),
            Map.entry(41, IsoType.ALPHA),
            Map.entry(48, IsoType.LLLVAR),
            Map.entry(49, IsoType.ALPHA),
            Map.entry(52, IsoType.BINARY),
            Map.entry(70, IsoType.NUMERIC),
            Map.entry(102, IsoType.LLVAR),
            Map.entry(128, IsoType.BINARY)));
    private static final Map<Integer, Integer> LENGTHS =
            Map.of(3, 6, 4, 12, 7, 10, 11, 6, 39, 2, 41, 8, 49, 3, 52, 8, 70, 3, 128, 8);
    private static final Map<Integer, String> VALUES = Map.ofEntries(
            Map.entry(2, "4111111111111111"),
            Map.entry(3, "000000"),
            Map.entry(4, "000000012345"),
            Map.entry(7, "0229235959"),
            Map.entry(11, "000123"),
            Map.entry(35, "4111111111111111=28121010000012300000"),
            Map.entry(41, "TERM0001"),
            Map.entry(48, "private\u00e9 data"),
            Map.entry(49, "978"),
            Map.entry(52, "0123456789ABCDEF"),
            Map.entry(70, "301"),
            Map.entry(102, "DE02120300000000202051"),
            Map.entry(128, "FEDCBA9876543210"));

    private final Iso8583Dialect dialect = new Iso8583Dialect(Iso8583Settings.defaults());

    @ParameterizedTest
    @EnumSource(Bitmap.class)
    void refusesWithTheResponseThatRepeatsTheRequest(Bitmap bitmap) throws Exception {
        Iso8583Dialect dialect = new Iso8583Dialect(settings(
                0,
                Encoding.ASCII,
                bitmap,
                List.of(11),
                Map.of(52, bitmap == Bitmap.HEX ? "b8" : "an16", 128, bitmap == Bitmap.HEX ? "b8" : "an16")));
        byte[] answer = refuse(dialect, message(0x100, bitmap, TYPES.keySet()), Refusal.Kind.NOT_ACCEPTED);
        IsoMessage response = parse(answer, 0x110, bitmap);
        assertThat(response.getType()).isEqualTo(0x110);
        assertThat(response.getField(39).toString()).isEqualTo("91");
        for (int field : List.of(2, 3, 4, 7, 11, 41, 48, 49, 70, 102)) {
            assertThat(response.getField(field).toString())
                    .as("field %d", field)
                    .isEqualTo(VALUES.get(field));
        }
        for (int field : List.of(35, 52, 128)) {
            assertThat(response.hasField(field)).as("field %d", field).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "100, 110",
        "101, 110",
        "120, 130",
        "121, 130",
        "200, 210",
        "220, 230",
        "400, 410",
        "401, 410",
        "420, 430",
        "800, 810"
    })
    void answersEachRequestTypeWithItsResponseType(int request, String response) {
        byte[] message = message(Integer.parseInt("" + request, 16), Bitmap.HEX, Set.of(7, 11, 70));
        assertThat(new String(refuse(dialect, message, Refusal.Kind.FAILED), ISO_8859_1))
                .startsWith("0" + response);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0110", "0210", "0140", "0150", "0430", "01x0", "01\u00b20"})
    void whatIsNoRequestHasNoAnswer(String type) {
        byte[] message = message(0x100, Bitmap.HEX, Set.of(11));
        System.arraycopy(type.getBytes(ISO_8859_1), 0, message, 0, 4);
        assertThat(tryRefuse(dialect, message, Refusal.Kind.FAILED)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"NOT_ACCEPTED, 91", "TIMED_OUT, 91", "FAILED, 96", "UNKNOWN, 96"})
    void theResponseCodeTellsWhatTheClientMayConclude(Refusal.Kind kind, String code) throws Exception {
        byte[] answer = refuse(dialect, message(0x200, Bitmap.HEX, Set.of(11)), kind);
        assertThat(parse(answer, 0x210, Bitmap.HEX).getField(39).toString()).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({"120, 130", "121, 130", "220, 230", "420, 430", "421, 430"})
    void aKeptAdviceIsAcknowledgedByItsResponse(String type, String responseType) throws Exception {
        byte[] advice = message(Integer.parseInt(type, 16), Bitmap.HEX, Set.of(4, 7, 11, 35, 41));
        assertThat(dialect.acknowledges(Unpooled.wrappedBuffer(advice))).isTrue();
        int expected = Integer.parseInt(responseType, 16);
        IsoMessage response = parse(answer(acknowledge(advice)), expected, Bitmap.HEX);
        assertThat(response.getType()).isEqualTo(expected);
        assertThat(response.getField(39).toString()).isEqualTo("00");
        assertThat(response.getField(11).toString()).isEqualTo("000123");
        assertThat(response.getField(41).toString()).isEqualTo("TERM0001");
        assertThat(response.hasField(35)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0100", "0101", "0200", "0800"})
    void aRequestIsNeverApprovedByKeepingIt(String type) throws Exception {
        byte[] request = message(Integer.parseInt(type, 16), Bitmap.HEX, Set.of(7, 11, 41));
        assertThat(dialect.acknowledges(Unpooled.wrappedBuffer(request))).isFalse();
        assertThat(acknowledge(request)).isEqualTo(Acknowledgement.Silent.IMPOSSIBLE);
        Refusal unfit = new Refusal(Refusal.Kind.NOT_ACCEPTED, "FAILED_PRECONDITION", "no advice", "cards/keep");
        IsoMessage response = parse(
                answer(dialect.refuseMessage(
                        Unpooled.wrappedBuffer(request), unfit, new UnpooledByteBufAllocator(false))),
                (Integer.parseInt(type, 16) & ~1) + 0x10,
                Bitmap.HEX);
        assertThat(response.getField(39).toString()).isEqualTo("40");
    }

    @Test
    void whatWantsNoResponseGetsNoneAndWhatCannotBeReadIsNotKept() {
        byte[] notification = message(0x140, Bitmap.HEX, Set.of(7, 11));
        assertThat(dialect.acknowledges(Unpooled.wrappedBuffer(notification))).isTrue();
        assertThat(acknowledge(notification)).isEqualTo(Acknowledgement.Silent.NOT_WANTED);
        assertThat(dialect.acknowledges(Unpooled.wrappedBuffer(message(0x130, Bitmap.HEX, Set.of(7, 11)))))
                .isFalse();
        byte[] advice = message(0x220, Bitmap.HEX, TYPES.keySet());
        for (int end = 0; end < advice.length; end++) {
            byte[] part = Arrays.copyOf(advice, end);
            assertThat(dialect.acknowledges(Unpooled.wrappedBuffer(part))).isFalse();
            assertThat(acknowledge(part)).isEqualTo(Acknowledgement.Silent.IMPOSSIBLE);
        }
    }

    @Test
    void aMessageThatIsRefusedAsItIsMalformedIsNotToBeRepeated() throws Exception {
        byte[] request = message(0x200, Bitmap.HEX, Set.of(11));
        Refusal malformed = new Refusal(Refusal.Kind.NOT_ACCEPTED, "INVALID_ARGUMENT", "no key", "cards/authorize");
        ByteBuf answer = Objects.requireNonNull(
                dialect.refuse(Unpooled.wrappedBuffer(request), malformed, new UnpooledByteBufAllocator(false)));
        IsoMessage response = parse(answer(new Acknowledgement.Answer(answer)), 0x210, Bitmap.HEX);
        assertThat(response.getField(39).toString()).isEqualTo("30");
    }

    private Acknowledgement acknowledge(byte[] message) {
        return dialect.acknowledge(Unpooled.wrappedBuffer(message), "00ff-1", new UnpooledByteBufAllocator(false));
    }

    private static byte[] answer(Acknowledgement acknowledgement) {
        ByteBuf answer = ((Acknowledgement.Answer) acknowledgement).buf();
        byte[] bytes = ByteBufUtil.getBytes(answer);
        answer.release();
        return bytes;
    }

    @Test
    void aResponseCodeInTheRequestIsReplaced() throws Exception {
        byte[] request = message(0x400, Bitmap.HEX, Set.of(11, 39, 41));
        IsoMessage response = parse(refuse(dialect, request, Refusal.Kind.NOT_ACCEPTED), 0x410, Bitmap.HEX);
        assertThat(response.getField(39).toString()).isEqualTo("91");
        assertThat(response.getField(41).toString()).isEqualTo("TERM0001");
    }

    @Test
    void theSecondBitmapIsLeftOutWhenNothingIsLeftInIt() {
        byte[] answer = refuse(dialect, message(0x800, Bitmap.HEX, Set.of(11, 128)), Refusal.Kind.NOT_ACCEPTED);
        assertThat(new String(answer, ISO_8859_1)).isEqualTo("0810" + "0020000002000000" + "000123" + "91");
    }

    @Test
    void anEchoTestOverNetworkManagementIsAnsweredByteForByte() {
        String request = "0800" + "8220000000000000" + "0400000000000000" + "0229235959" + "000123" + "301";
        String response = "0810" + "8220000002000000" + "0400000000000000" + "0229235959" + "000123" + "91" + "301";
        assertThat(new String(refuse(dialect, request.getBytes(ISO_8859_1), Refusal.Kind.NOT_ACCEPTED), ISO_8859_1))
                .isEqualTo(response);
        assertThat(dialect.requestKey(buffer(request))).isEqualTo("810|6:000123");
    }

    @Test
    void aHeaderInFrontIsRepeated() {
        Iso8583Dialect tpdu = new Iso8583Dialect(settings(5, Encoding.ASCII, Bitmap.HEX, List.of(11), Map.of()));
        byte[] message = message(0x800, Bitmap.HEX, Set.of(11));
        byte[] request = new byte[message.length + 5];
        byte[] header = {0x60, 0x00, 0x03, (byte) 0x80, (byte) 0xff};
        System.arraycopy(header, 0, request, 0, 5);
        System.arraycopy(message, 0, request, 5, message.length);
        byte[] answer = refuse(tpdu, request, Refusal.Kind.NOT_ACCEPTED);
        assertThat(answer).startsWith(header);
        assertThat(new String(answer, 5, 4, ISO_8859_1)).isEqualTo("0810");
        assertThat(tpdu.requestKey(Unpooled.wrappedBuffer(request))).isEqualTo("810|6:000123");
    }

    @Test
    void packedMessagesAreReadAndWritten() {
        Iso8583Dialect packed = new Iso8583Dialect(
                settings(0, Encoding.PACKED, Bitmap.BINARY, List.of(11, 41), Map.of(55, "b...255", 62, "ans...999")));
        // 0200, fields 2 3 4 11 22 25 35 41 52 55 62: a terminal's purchase
        String request = "0200" + "7020 0400 2080 1204".replace(" ", "")
                + "16" + "4111111111111111"
                + "000000"
                + "000000012345"
                + "000123"
                + "0051"
                + "37" + "4111111111111111D281210100000123000000"
                + hex("TERM0001")
                + "0123456789ABCDEF"
                + "0003" + "9F2608"
                + "0006" + hex("000045");
        String response = "0210" + "7020 0400 0280 0004".replace(" ", "")
                + "16" + "4111111111111111"
                + "000000"
                + "000000012345"
                + "000123"
                + "0051"
                + hex("91")
                + hex("TERM0001")
                + "0006" + hex("000045");
        byte[] bytes = ByteBufUtil.decodeHexDump(request);
        assertThat(ByteBufUtil.hexDump(refuse(packed, bytes, Refusal.Kind.NOT_ACCEPTED)))
                .isEqualToIgnoringCase(response);
        assertThat(packed.requestKey(Unpooled.wrappedBuffer(bytes)))
                .isEqualTo(packed.replyKey(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(response))))
                .isEqualTo("210|3:\u0000\u0001#|8:TERM0001");
    }

    @Test
    void aRequestAndItsReplyHaveTheSameKeyAndNoOthersHave() throws Exception {
        byte[] request = message(0x200, Bitmap.HEX, TYPES.keySet());
        byte[] reply = message(0x210, Bitmap.HEX, Set.of(11, 39, 41));
        assertThat(dialect.requestKey(Unpooled.wrappedBuffer(request)))
                .isEqualTo("210|6:000123")
                .isEqualTo(dialect.replyKey(Unpooled.wrappedBuffer(reply)))
                .isEqualTo(
                        dialect.replyKey(Unpooled.wrappedBuffer(refuse(dialect, request, Refusal.Kind.NOT_ACCEPTED))));
        assertThat(dialect.requestKey(Unpooled.wrappedBuffer(message(0x201, Bitmap.HEX, Set.of(11)))))
                .as("a repeat has the same response")
                .isEqualTo("210|6:000123");
        assertThat(dialect.requestKey(Unpooled.wrappedBuffer(message(0x400, Bitmap.HEX, Set.of(11)))))
                .as("a reversal with the trace number of what it reverses")
                .isEqualTo("410|6:000123");
        assertThat(dialect.requestKey(Unpooled.wrappedBuffer(reply))).isNull();
        assertThat(dialect.replyKey(Unpooled.wrappedBuffer(request))).isNull();
    }

    @Test
    void aMessageThatLacksAKeyFieldHasNoKey() {
        Iso8583Dialect two = new Iso8583Dialect(settings(0, Encoding.ASCII, Bitmap.HEX, List.of(41, 11), Map.of()));
        assertThat(two.requestKey(Unpooled.wrappedBuffer(message(0x200, Bitmap.HEX, Set.of(11, 41)))))
                .isEqualTo("210|6:000123|8:TERM0001");
        assertThat(two.requestKey(Unpooled.wrappedBuffer(message(0x200, Bitmap.HEX, Set.of(11)))))
                .isNull();
        String notANumber = "0800" + "0020000000000000" + "00012x";
        assertThat(dialect.requestKey(buffer(notANumber))).isNull();
    }

    @Test
    void aMessageThatDoesNotEndWithItsLastFieldHasNoAnswer() {
        byte[] message = message(0x100, Bitmap.HEX, TYPES.keySet());
        for (int end = 0; end < message.length; end++) {
            byte[] part = Arrays.copyOf(message, end);
            assertThat(tryRefuse(dialect, part, Refusal.Kind.FAILED))
                    .as("first %d bytes", end)
                    .isNull();
            dialect.requestKey(Unpooled.wrappedBuffer(part));
        }
        assertThat(tryRefuse(dialect, Arrays.copyOf(message, message.length + 1), Refusal.Kind.FAILED))
                .isNull();
    }

    @Test
    void anyBytesAreReadWithoutError() {
        Random random = new Random(5);
        for (Encoding encoding : Encoding.values()) {
            for (Bitmap bitmap : Bitmap.values()) {
                Iso8583Dialect any = new Iso8583Dialect(settings(2, encoding, bitmap, List.of(11, 105), Map.of()));
                for (int round = 0; round < 10_000; round++) {
                    byte[] bytes = new byte[random.nextInt(120)];
                    random.nextBytes(bytes);
                    for (int i = 0; i < bytes.length; i++) {
                        bytes[i] = round % 2 == 0 ? (byte) ('0' + (bytes[i] & 7)) : (byte) (bytes[i] & 0x77);
                    }
                    tryRefuse(any, bytes, Refusal.Kind.FAILED);
                    any.requestKey(Unpooled.wrappedBuffer(bytes));
                    any.replyKey(Unpooled.wrappedBuffer(bytes));
                }
            }
        }
    }

    @Test
    void wrongSettingsAreRefusedWithWhatIsExpected() {
        assertThatThrownBy(() -> settings(65, Encoding.ASCII, Bitmap.HEX, List.of(11), Map.of()))
                .hasMessageContaining("header-bytes: 65 (expected: 0 to 64)");
        assertThatThrownBy(() -> settings(0, Encoding.ASCII, Bitmap.HEX, List.of(), Map.of()))
                .hasMessageContaining("correlation-fields: empty");
        assertThatThrownBy(() -> settings(0, Encoding.ASCII, Bitmap.HEX, List.of(129), Map.of()))
                .hasMessageContaining("correlation-fields: 129");
        assertThatThrownBy(() -> settings(0, Encoding.ASCII, Bitmap.HEX, List.of(11, 35), Map.of()))
                .hasMessageContaining("omitted-fields: 35");
        for (String wrong : List.of("q6", "n", "n...", "n.6", "n..100", "b0", "n1000")) {
            Iso8583Settings settings = settings(0, Encoding.ASCII, Bitmap.HEX, List.of(11), Map.of(48, wrong));
            assertThatThrownBy(() -> new Iso8583Dialect(settings))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("fields.48: '" + wrong + "'");
        }
        Iso8583Settings longCode = settings(0, Encoding.ASCII, Bitmap.HEX, List.of(11), Map.of(39, "an3"));
        assertThatThrownBy(() -> new Iso8583Dialect(longCode)).hasMessageContaining("fields.39");
    }

    private static Iso8583Settings settings(
            int headerBytes, Encoding encoding, Bitmap bitmap, List<Integer> keys, Map<Integer, String> fields) {
        return new Iso8583Settings(
                headerBytes, encoding, bitmap, keys, Iso8583Settings.defaults().omittedFields(), fields);
    }

    private static byte[] refuse(Iso8583Dialect dialect, byte[] request, Refusal.Kind kind) {
        return Objects.requireNonNull(tryRefuse(dialect, request, kind), "no answer");
    }

    private static byte @Nullable [] tryRefuse(Iso8583Dialect dialect, byte[] request, Refusal.Kind kind) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        ByteBuf in = Unpooled.wrappedBuffer(request);
        ByteBuf answer =
                dialect.refuse(in, new Refusal(kind, "UNAVAILABLE", "no worker", "cards/authorize"), allocator);
        assertThat(in.readableBytes()).isEqualTo(request.length);
        byte[] bytes = null;
        if (answer != null) {
            bytes = ByteBufUtil.getBytes(answer);
            answer.release();
        }
        assertThat(allocator.metric().usedHeapMemory()).as("leaked").isZero();
        return bytes;
    }

    private static byte[] message(int type, Bitmap bitmap, Set<Integer> fields) {
        IsoMessage message = new IsoMessage();
        message.setType(type);
        message.setBinaryBitmap(bitmap == Bitmap.BINARY);
        message.setCharacterEncoding("ISO-8859-1");
        for (int field : fields) {
            Object value = field == 39 ? "00" : VALUES.get(field);
            if (TYPES.get(field) == IsoType.BINARY) {
                value = ByteBufUtil.decodeHexDump((String) value);
            }
            message.setValue(field, value, TYPES.get(field), LENGTHS.getOrDefault(field, 0));
        }
        return message.writeData();
    }

    private static IsoMessage parse(byte[] bytes, int type, Bitmap bitmap) throws Exception {
        MessageFactory<IsoMessage> factory = new MessageFactory<>();
        factory.setCharacterEncoding("ISO-8859-1");
        factory.setUseBinaryBitmap(bitmap == Bitmap.BINARY);
        Map<Integer, FieldParseInfo> guide = new TreeMap<>();
        TYPES.forEach((field, isoType) -> guide.put(
                field, FieldParseInfo.getInstance(isoType, LENGTHS.getOrDefault(field, 0), "ISO-8859-1", false)));
        factory.setParseMap(type, guide);
        return factory.parseMessage(bytes, 0);
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }

    private static String hex(String text) {
        return ByteBufUtil.hexDump(text.getBytes(ISO_8859_1));
    }
}
