package io.fairlead.gateway.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bytes as other programs write them, and the rules that belong to one framing.
class FramingVectorTests {

    private final Framings framings = new Framings();

    @ParameterizedTest
    @CsvSource({
        "lf, false, 68690a, hi",
        "lf, false, 68690d0a, hi",
        "lf, false, 0a, ''",
        "crlf, false, 680a690d0a, 'h\ni'",
        "crlf, false, 68690d0d0a, 'hi\r'",
        "length1, false, 026869, hi",
        "length1, true, 036869, hi",
        "length2, false, 00026869, hi",
        "length2, true, 00046869, hi",
        "length2, false, 0000, ''",
        "length4, false, 000000026869, hi",
        "length4, true, 000000066869, hi",
        "stx-etx, false, 02686903, hi",
        "mllp, false, 0b68691c0d, hi",
        "mllp, false, 0d0a0b68691c0d0d0a, hi",
        "mllp, false, 0b680b1c691c0d, 'h\u000b\u001ci'",
        "octet-counted, false, 32206869, hi",
    })
    void readsWhatOthersWrite(String name, boolean lengthIncludesHeader, String hex, String message) {
        try (DecoderDriver driver = driver(new FramingSpec(name, lengthIncludesHeader, null))) {
            driver.read(ByteBufUtil.decodeHexDump(hex));
            assertThat(driver.messages()).containsExactly(message);
            assertThat(driver.decoder().midFrame()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "stx-etx, false, 41, 0x41 'A'",
        "mllp, false, 0d4d5348, 0x4d 'M'",
        "mllp, false, 0b4d5348610b4d5348621c0d, 'MSH'",
        "octet-counted, false, 30, leading zero",
        "octet-counted, false, 20, 0x20",
        "octet-counted, false, 3c33343e, 0x3c '<'",
        "octet-counted, false, 312d, 0x2d '-'",
        "length2, true, 0001, length-includes-header",
    })
    void refusesGarbageAtOnce(String name, boolean lengthIncludesHeader, String hex, String said) {
        try (DecoderDriver driver = driver(new FramingSpec(name, lengthIncludesHeader, null))) {
            assertThatThrownBy(() -> driver.read(ByteBufUtil.decodeHexDump(hex)))
                    .isInstanceOfSatisfying(
                            FramingException.class,
                            e -> assertThat(e.reason()).isEqualTo(FramingException.Reason.MALFORMED))
                    .hasMessageStartingWith(name + ": ")
                    .hasMessageContaining(said);
        }
    }

    @ParameterizedTest
    @CsvSource({"length1, 65", "length2, 0065", "length4, 00000065", "length4, ffffffff", "octet-counted, 313031"})
    void refusesADeclaredLengthOverTheLimitBeforeTheMessageComes(String name, String hex) {
        try (DecoderDriver driver = driver(FramingSpec.of(name))) {
            assertThatThrownBy(() -> driver.read(ByteBufUtil.decodeHexDump(hex)))
                    .isInstanceOfSatisfying(
                            FramingException.class,
                            e -> assertThat(e.reason()).isEqualTo(FramingException.Reason.TOO_LONG))
                    .hasMessageContaining("max-message-size = 100 bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lf", "crlf", "terminator"})
    void refusesAnEndlessMessageWithTheByteThatMakesItTooLong(String name) {
        FramingSpec spec = new FramingSpec(name, false, name.equals("terminator") ? "end" : null);
        try (DecoderDriver driver = driver(spec)) {
            driver.read("x".repeat(100).getBytes(ISO_8859_1));
            assertThatThrownBy(() -> driver.read(new byte[] {'x'})).isInstanceOf(FramingException.class);
        }
    }

    @Test
    void takesAMessageOfTheLimitWhoseTerminatorComesInPieces() {
        try (DecoderDriver driver = driver(new FramingSpec("terminator", false, "end"))) {
            driver.read(("x".repeat(100) + "e").getBytes(ISO_8859_1));
            driver.read("n".getBytes(ISO_8859_1));
            driver.read("d".getBytes(ISO_8859_1));
            assertThat(driver.messages()).containsExactly("x".repeat(100));
        }
        try (DecoderDriver driver = driver(FramingSpec.of("lf"))) {
            driver.read(("x".repeat(100) + "\r").getBytes(ISO_8859_1));
            driver.read("\n".getBytes(ISO_8859_1));
            assertThat(driver.messages()).containsExactly("x".repeat(100));
        }
    }

    @Test
    void strayLineEndsBetweenMllpMessagesAreNoMessage() {
        try (DecoderDriver driver = driver(FramingSpec.of("mllp"))) {
            driver.read(new byte[] {'\r', '\n', '\r'});
            assertThat(driver.decoder().midFrame()).isFalse();
            assertThat(driver.messagesAtClose()).isEmpty();
            assertThat(driver.decoder().midFrame()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "lf, 610a62",
        "crlf, 610d0a62",
        "stx-etx, 610362",
        "mllp, 611c0d62",
        "mllp, 610b4d534862",
        "octet-counted, ''",
    })
    void refusesToWriteWhatAReaderWouldMisread(String name, String hex) {
        ByteBuf out = Unpooled.buffer();
        assertThatThrownBy(() -> framings.of(FramingSpec.of(name))
                        .encode(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)), out))
                .isInstanceOfSatisfying(
                        FramingException.class,
                        e -> assertThat(e.reason()).isEqualTo(FramingException.Reason.MALFORMED));
        assertThat(out.writerIndex()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"length1, false, 255", "length1, true, 254", "length2, false, 65535", "length2, true, 65533"})
    void writesTheLongestMessageThatItsHeaderCanSay(String name, boolean lengthIncludesHeader, int longest) {
        Framing framing = framings.of(new FramingSpec(name, lengthIncludesHeader, null));
        ByteBuf out = Unpooled.buffer();
        framing.encode(Unpooled.wrappedBuffer(new byte[longest]), out);
        try (DecoderDriver driver = new DecoderDriver(framing, longest)) {
            driver.read(ByteBufUtil.getBytes(out));
            assertThat(driver.messages()).hasSize(1).allMatch(message -> message.length() == longest);
        }
        assertThatThrownBy(() -> framing.encode(Unpooled.wrappedBuffer(new byte[longest + 1]), out))
                .isInstanceOfSatisfying(
                        FramingException.class, e -> assertThat(e.reason()).isEqualTo(FramingException.Reason.TOO_LONG))
                .hasMessageContaining("at most " + longest);
    }

    @Test
    void aTerminatorMayOverlapItself() {
        Framing framing = framings.of(new FramingSpec("terminator", false, "aa"));
        ByteBuf out = Unpooled.buffer();
        assertThatThrownBy(() -> framing.encode(Unpooled.wrappedBuffer(new byte[] {'b', 'a'}), out))
                .isInstanceOf(FramingException.class);
        framing.encode(Unpooled.wrappedBuffer(new byte[] {'a', 'b'}), out);
        assertThat(out.toString(ISO_8859_1)).isEqualTo("abaa");
    }

    @Test
    void limitsOutOfRangeAreRefused() {
        for (int limit : List.of(0, -1, FrameDecoder.MAX_MESSAGE_BYTES + 1)) {
            assertThatThrownBy(() -> framings.of(FramingSpec.of("lf")).newDecoder(limit))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("max-message-size: " + limit);
        }
    }

    private DecoderDriver driver(FramingSpec spec) {
        return new DecoderDriver(framings.of(spec), 100);
    }
}
