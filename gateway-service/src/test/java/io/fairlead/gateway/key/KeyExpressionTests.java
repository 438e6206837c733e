package io.fairlead.gateway.key;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import io.fairlead.gateway.dialect.Iso8583Settings;
import io.fairlead.gateway.dialect.Iso8583Settings.Bitmap;
import io.fairlead.gateway.dialect.Iso8583Settings.Encoding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyExpressionTests {
    private static final String ADMIT = "MSH|^~\\&|HIS|RIH|EKG|EKG|202601011200||ADT^A01^ADT_A01|MSG00001|P|2.5\r"
            + "PID|1||555-44^^^RIH&1.2&ISO~777^^^X||EVE\\F\\S^E|\"\"\r"
            + "OBX|1\rOBX|2\r";
    private static final List<String> ALL = List.of(
            "hl7:MSH-10",
            "hl7:PID-3.4.2",
            "iso8583:mti",
            "iso8583:41",
            "iso8583:120",
            "regex:/ID=(\\w+)/1",
            "bytes:2-8:hex",
            "json:/a/1/b");

    private static MessageKey key(Iso8583Settings iso8583, String... expressions) {
        return Objects.requireNonNull(new KeyParser(iso8583).parse("keys.idempotency", List.of(expressions), true));
    }

    private static @Nullable String read(String message, String... expressions) {
        return key(Iso8583Settings.defaults(), expressions).of(Unpooled.copiedBuffer(message, ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({
        "hl7:MSH-10, MSG00001",
        "hl7:MSH-3, HIS",
        "hl7:MSH-9, ADT^A01^ADT_A01",
        "hl7:MSH-9.2, A01",
        "hl7:PID-3, 555-44^^^RIH&1.2&ISO",
        "hl7:PID-3.1, 555-44",
        "hl7:PID-3.4.2, 1.2",
        "hl7:PID-5.1, EVE\\F\\S",
        "hl7:OBX-1, 1",
        "hl7:PID-6,",
        "hl7:PID-3.9,",
        "hl7:PID-40,",
        "hl7:ZZZ-1,",
    })
    void hl7(String expression, @Nullable String value) {
        assertThat(read(ADMIT, expression)).isEqualTo(value);
    }

    @Test
    void hl7HasTheMessagesOwnDelimiters() {
        String message = ADMIT.replace('|', '*').replace('^', '%').replace('~', '!');
        assertThat(read(message, "hl7:PID-3.1")).isEqualTo("555-44");
        assertThat(read("PID|1\r", "hl7:PID-1")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"256, 0100", "257, 0100", "259, 0102", "544, 0220", "545, 0220"})
    void aRepeatHasTheMessageTypeOfWhatItRepeats(int type, String value) {
        assertThat(read(iso(type, "0229235959", "000123"), "iso8583:mti")).isEqualTo(value);
    }

    @Test
    void iso8583Fields() {
        String message = iso(0x100, "0229235959", "000123");
        assertThat(read(message, "iso8583:2")).isEqualTo("4111111111111111");
        assertThat(read(message, "iso8583:11")).isEqualTo("000123");
        assertThat(read(message, "iso8583:102")).isEqualTo("DE02");
        assertThat(read(message, "iso8583:52")).isEqualTo("0123456789ABCDEF");
        assertThat(read(message, "iso8583:32")).isNull();
        assertThat(read(message.replace("000123", "00012x"), "iso8583:11")).isNull();
        assertThat(read(message.substring(0, message.length() - 5), "iso8583:128"))
                .isNull();
    }

    @Test
    void iso8583PackedDigitsAreTextAndPaddingDoesNotMakeTwoValuesOne() {
        Iso8583Settings packed = new Iso8583Settings(
                0,
                Encoding.PACKED,
                Bitmap.BINARY,
                List.of(11),
                Iso8583Settings.defaults().omittedFields(),
                Map.of());
        MessageKey trace = key(packed, "iso8583:mti", "iso8583:11", "iso8583:32");
        String head = "0201" + "0020000100000000" + "000123";
        assertThat(trace.of(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(head + "06012345"))))
                .isEqualTo("0200|000123|012345");
        assertThat(trace.of(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(head + "05012345"))))
                .isEqualTo("0200|000123|012345~");
    }

    @Test
    void thePresetTellsRepeatsFromTraceNumbersThatWrappedAndFromOtherMessages() {
        String first = read(iso(0x100, "0229235959", "000123"), "iso8583");
        assertThat(first).isEqualTo("0100|0229235959|000123||TERM0001");
        assertThat(read(iso(0x101, "0229235959", "000123"), "iso8583")).isEqualTo(first);
        assertThat(read(iso(0x100, "0301000000", "000123"), "iso8583")).isNotEqualTo(first);
        assertThat(read(iso(0x400, "0229235959", "000123"), "iso8583")).isNotEqualTo(first);
        assertThat(read(ADMIT, "hl7")).isEqualTo("MSG00001|HIS");
        assertThat(read(ADMIT.replace("HIS", ""), "hl7")).isEqualTo("MSG00001|");
        assertThat(read(ADMIT.replace("MSG00001", ""), "hl7")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "regex:/ID=(\\w+)/1, 42a",
        "regex:/ID=(\\w+)/, 42a",
        "regex:/ID=(\\w+)/0, ID=42a",
        "regex:/N=\\d+/, N=7",
        "regex:/(\\xe9+)/, \u00e9\u00e9",
        "regex:/X=(\\d+)|ID/1,",
        "regex:/nothing/,",
        "'regex:/a\\/b(.)/', c",
    })
    void regex(String expression, @Nullable String value) {
        assertThat(read("N=7;ID=42a;\u00e9\u00e9;a/bc", expression)).isEqualTo(value);
    }

    @Test
    void aRegexThatBacktrackingWouldNotEndIsOver() {
        assertThat(read("a".repeat(60_000) + "b", "regex:/(a+)+$/")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"bytes:0-3, abc", "bytes:3-6, def", "bytes:1-3:hex, 6263", "bytes:0-7,", "bytes:6-7,"})
    void bytes(String expression, @Nullable String value) {
        assertThat(read("abcdef", expression)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "json:/order/id; A1",
                "json:/order/lines/1/no; 2",
                "json:/n; 12.50",
                "json:/flag; true",
                "json:/a~1b; slash",
                "json:/caf\u00e9; x",
                "json:/order;",
                "json:/none;",
                "json:/order/id/more;",
                "json:/nothing;",
                "json:/twice; 1",
            })
    void json(String expression, @Nullable String value) {
        String message = "{\"skip\":{\"id\":0},\"order\":{\"lines\":[{\"no\":1},{\"no\":2}],\"id\":\"A1\"},\"n\":12.50,"
                + "\"flag\":true,\"a/b\":\"slash\",\"caf\\u00e9\":\"x\",\"nothing\":null,\"twice\":1,\"twice\":2}";
        assertThat(read(message, expression)).isEqualTo(value);
    }

    @Test
    void halfAJsonMessageHasTheKeysThatAreThereAndNoHalfOnes() {
        assertThat(read("{\"id\":\"A1\",\"rest", "json:/id")).isEqualTo("A1");
        for (String half : List.of("{\"id\":12", "{\"id\":\"A1", "{\"id\":tru", "{\"id", "", "}", "[1,2")) {
            assertThat(read(half, "json:/id")).as(half).isNull();
        }
    }

    @Test
    void aValueThatIsCutWhereTheScanEndsIsNone() {
        String fill = " ".repeat(Scan.MAX_BYTES - 6);
        assertThat(read(fill + "ID=42 and more", "regex:/ID=(\\w+)/1")).isEqualTo("42");
        assertThat(read(fill + "ID=4242", "regex:/ID=(\\w+)/1")).isNull();
        assertThat(read("{\"a\":" + fill + "12345}", "json:/a")).isNull();
        assertThat(read("{\"a\":" + fill + "\"12345\"}", "json:/a")).isNull();
        String segment = "MSH|^~\\&|" + "x".repeat(Scan.MAX_BYTES);
        assertThat(read(segment + "|a", "hl7:MSH-3")).isNull();
        assertThat(read(ADMIT + "OBX|" + "x".repeat(Scan.MAX_BYTES), "hl7:PID-1"))
                .isEqualTo("1");
    }

    @Test
    void severalValuesNeverMakeTheKeyOfOthers() {
        assertThat(read("a|b", "bytes:0-1", "bytes:1-3")).isEqualTo("a|\\|b");
        assertThat(read("a|b", "bytes:0-2", "bytes:2-3")).isEqualTo("a\\||b");
        assertThat(read("a\\b", "bytes:0-2", "bytes:2-3")).isEqualTo("a\\\\|b");
        assertThat(read("a|b", "bytes:0-3")).isEqualTo("a|b");
        assertThat(read("ab", "bytes:0-1", "bytes?:1-2", "bytes?:2-3")).isEqualTo("a|b|");
        assertThat(read("ab", "bytes:0-1", "bytes:2-3")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"   ", "\0\0\0"})
    void blanksAndZeroBytesAreNoKey(String blanks) {
        assertThat(read(blanks, "bytes:0-3")).isNull();
        assertThat(read(blanks + "a", "bytes?:0-3", "bytes:3-4")).isEqualTo("|a");
    }

    @Test
    void whatIsLongOrCannotBeShownIsReplacedByItsHash() {
        assertThat(read("x".repeat(256), "regex:/x+/")).hasSize(256);
        String one = read("x".repeat(257), "regex:/x+/");
        assertThat(one).startsWith("sha256:").hasSize(71);
        assertThat(read("x".repeat(258), "regex:/x+/")).startsWith("sha256:").isNotEqualTo(one);
        assertThat(read(String.valueOf(one), "regex:/.+/")).isNotEqualTo(one);
        assertThat(read("a\0b", "bytes:0-3")).startsWith("sha256:");
        assertThat(read("{\"a\":\"\\ud800\"}", "json:/a")).startsWith("sha256:");
        assertThat(read("{\"a\":\"\\ud800\"}", "json:/a")).isNotEqualTo(read("{\"a\":\"\\ud801\"}", "json:/a"));
    }

    @Property(tries = 300)
    void anyBytesAreReadWithoutError(@ForAll @Size(max = 300) byte[] bytes) {
        readAll(Unpooled.wrappedBuffer(bytes));
    }

    @Property(tries = 300)
    void likelyBytesAreReadWithoutError(@ForAll @Size(max = 120) List<Integer> picks) {
        String[] likely = {
            "MSH|^~\\&|",
            "PID|",
            "|",
            "^",
            "&",
            "\r",
            "0100",
            "7020040000000000",
            "99",
            "{\"a\":",
            "[",
            "]",
            "}",
            "\"",
            ",",
            "{\"b\":",
            "1",
            "ID=",
            "\\u00",
            "\u00e9",
            "-",
            "."
        };
        StringBuilder message = new StringBuilder();
        picks.forEach(pick -> message.append(likely[Math.floorMod(pick, likely.length)]));
        readAll(Unpooled.copiedBuffer(message, ISO_8859_1));
    }

    @Test
    void everyTruncationIsReadWithoutError() {
        String json = "{\"a\":[0,{\"b\":\"\u00c3\u00a9\\n\"}]}";
        for (String whole : List.of(ADMIT, iso(0x100, "0229235959", "000123"), json)) {
            for (int end = 0; end <= whole.length(); end++) {
                readAll(Unpooled.copiedBuffer(whole.substring(0, end), ISO_8859_1));
            }
        }
        readAll(Unpooled.copiedBuffer("[".repeat(100_000), ISO_8859_1));
        readAll(Unpooled.copiedBuffer("{\"a\":".repeat(20_000), ISO_8859_1));
    }

    private static void readAll(ByteBuf message) {
        int length = message.readableBytes();
        for (String expression : ALL) {
            key(Iso8583Settings.defaults(), expression).of(message);
        }
        assertThat(message.readableBytes()).isEqualTo(length);
        assertThat(message.refCnt()).isEqualTo(1);
    }

    private static String iso(int type, String time, String trace) {
        IsoMessage message = new IsoMessage();
        message.setType(type);
        message.setCharacterEncoding("ISO-8859-1");
        message.setValue(2, "4111111111111111", IsoType.LLVAR, 0);
        message.setValue(7, time, IsoType.NUMERIC, 10);
        message.setValue(11, trace, IsoType.NUMERIC, 6);
        message.setValue(41, "TERM0001", IsoType.ALPHA, 8);
        message.setValue(52, ByteBufUtil.decodeHexDump("0123456789ABCDEF"), IsoType.BINARY, 8);
        message.setValue(102, "DE02", IsoType.LLVAR, 0);
        message.setValue(128, ByteBufUtil.decodeHexDump("FEDCBA9876543210"), IsoType.BINARY, 8);
        return new String(message.writeData(), ISO_8859_1);
    }
}
