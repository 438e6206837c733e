package io.fairlead.gateway.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.integration.ip.tcp.serializer.ByteArrayCrLfSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;

/// What every framing keeps, whatever the network does to its bytes.
@ParameterizedClass
@MethodSource("framings")
class FramingTests {

    private static final int LIMIT = 100;

    private final Framing framing;

    FramingTests(Framing framing) {
        this.framing = framing;
    }

    static Stream<Named<Framing>> framings() {
        Framings framings = new Framings();
        List<Framing> all = new ArrayList<>();
        for (String name : framings.names()) {
            all.add(framings.of(new FramingSpec(name, false, name.equals("terminator") ? "\\x00end" : null)));
        }
        List<Named<Framing>> named = new ArrayList<>();
        all.forEach(framing -> named.add(Named.of(framing.name(), framing)));
        for (String name : List.of("length1", "length2", "length4")) {
            named.add(Named.of(name + " inclusive", framings.of(new FramingSpec(name, true, null))));
        }
        named.add(Named.of("terminator aab", framings.of(new FramingSpec("terminator", false, "aab"))));
        named.add(Named.of("terminator ;", framings.of(new FramingSpec("terminator", false, ";"))));
        var crlf = new ByteArrayCrLfSerializer();
        var length = new ByteArrayLengthHeaderSerializer(2);
        named.add(Named.of("Spring CRLF", new SpringFraming("crlf-bean", crlf, crlf)));
        named.add(Named.of("Spring length", new SpringFraming("length-bean", length, length)));
        return named.stream();
    }

    @Test
    void deliversEveryMessageWhereverTheBytesAreSplit() {
        List<String> messages = List.of("a", "hello a", "x".repeat(LIMIT), "MSH|^~\\&|\rPID|1", "\u00e9\u0000\u0001");
        byte[] stream = frames(messages);
        for (int split = 0; split <= stream.length; split++) {
            try (DecoderDriver driver = new DecoderDriver(framing, LIMIT)) {
                driver.read(stream, 0, split);
                driver.read(stream, split, stream.length);
                assertThat(driver.messages()).as("split at %d", split).isEqualTo(messages);
                assertThat(driver.decoder().midFrame()).isFalse();
                assertThat(driver.messagesAtClose()).isEmpty();
            }
        }
    }

    @Test
    void deliversEachMessageWithItsLastByteWhenBytesComeOneByOne() {
        List<String> messages = List.of("first", "s", "third a one");
        try (DecoderDriver driver = new DecoderDriver(framing, LIMIT)) {
            for (String message : messages) {
                byte[] frame = frames(List.of(message));
                for (int i = 0; i < frame.length; i++) {
                    assertThat(driver.messages())
                            .as("before byte %d of %s", i, message)
                            .isEmpty();
                    assertThat(driver.decoder().midFrame()).isEqualTo(i > 0);
                    driver.read(frame, i, i + 1);
                }
                assertThat(driver.messages()).containsExactly(message);
                assertThat(driver.decoder().midFrame()).isFalse();
            }
        }
    }

    @Test
    void deliversManyMessagesOfOneRead() {
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            messages.add("message " + i);
        }
        try (DecoderDriver driver = new DecoderDriver(framing, LIMIT)) {
            driver.read(frames(messages));
            assertThat(driver.messages()).isEqualTo(messages);
        }
    }

    @Test
    void refusesAMessageOneByteOverTheLimitAndIsSilentFromThenOn() {
        byte[] tooLong = frames(List.of("good", "x".repeat(LIMIT + 1), "after"));
        for (int piece : new int[] {1, 7, tooLong.length}) {
            try (DecoderDriver driver = new DecoderDriver(framing, LIMIT)) {
                assertThatThrownBy(() -> {
                            for (int i = 0; i < tooLong.length; i += piece) {
                                driver.read(tooLong, i, Math.min(tooLong.length, i + piece));
                            }
                        })
                        .isInstanceOfSatisfying(
                                FramingException.class,
                                e -> assertThat(e.reason()).isEqualTo(FramingException.Reason.TOO_LONG))
                        .hasMessageContaining(framing.name())
                        .hasMessageContaining("max-message-size")
                        .hasMessageContaining(String.valueOf(LIMIT));
                assertThat(driver.messages()).containsExactly("good");
                driver.read(frames(List.of("rubbish")));
                assertThat(driver.messages()).isEmpty();
                assertThat(driver.decoder().midFrame()).isFalse();
                assertThat(driver.messagesAtClose()).isEmpty();
            }
        }
    }

    @Test
    void knowsAtTheEndOfInputWhetherItEndedInsideAMessage() {
        byte[] frame = frames(List.of("half sent"));
        for (int end = 0; end < frame.length; end++) {
            try (DecoderDriver driver = new DecoderDriver(framing, LIMIT)) {
                driver.read(frame, 0, end);
                assertThat(driver.messagesAtClose()).isEmpty();
                assertThat(driver.decoder().midFrame()).isEqualTo(end > 0);
            }
        }
    }

    @Test
    void survivesRandomBytes() {
        Random random = new Random(7);
        byte[] likely = frames(List.of("ab", "c"));
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = new byte[random.nextInt(300)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(4) == 0 ? (byte) random.nextInt(256) : likely[random.nextInt(likely.length)];
            }
            feedUntilRefused(random, bytes);
        }
    }

    private void feedUntilRefused(Random random, byte[] bytes) {
        try (DecoderDriver driver = new DecoderDriver(framing, LIMIT)) {
            boolean refused = false;
            for (int at = 0; at < bytes.length; ) {
                int to = Math.min(bytes.length, at + 1 + random.nextInt(20));
                try {
                    driver.read(bytes, at, to);
                } catch (FramingException e) {
                    assertThat(refused).as("refused twice").isFalse();
                    refused = true;
                    driver.messages();
                }
                List<String> messages = driver.messages();
                assertThat(messages).allMatch(message -> message.length() <= LIMIT);
                assertThat(refused && !messages.isEmpty())
                        .as("emits after a refusal")
                        .isFalse();
                at = to;
            }
        }
    }

    @Test
    void whatItEncodesItReadsBackOrRefusesToWrite() {
        Random random = new Random(11);
        byte[] likely = frames(List.of("ab", "a"));
        for (int round = 0; round < 2_000; round++) {
            byte[] payload = new byte[random.nextInt(12)];
            for (int i = 0; i < payload.length; i++) {
                payload[i] = likely[random.nextInt(likely.length)];
            }
            ByteBuf in = Unpooled.wrappedBuffer(payload);
            ByteBuf out = Unpooled.buffer();
            boolean written = true;
            try {
                framing.encode(in, out);
            } catch (FramingException e) {
                written = false;
                assertThat(out.writerIndex())
                        .as("bytes written in spite of %s", e)
                        .isZero();
            }
            assertThat(in.readerIndex()).isZero();
            assertThat(in.readableBytes()).isEqualTo(payload.length);
            if (written && !(framing instanceof SpringFraming)) { // Spring's serializers do not check what they write
                assertThat(out.readableBytes()).isLessThanOrEqualTo(payload.length + framing.overheadBytes());
                try (DecoderDriver driver = new DecoderDriver(framing, LIMIT)) {
                    driver.read(ByteBufUtil.getBytes(out));
                    assertThat(driver.messages()).containsExactly(expected(payload));
                }
            }
        }
    }

    /// `lf` alone changes a message: a carriage return at its end counts as part of the line's end.
    private String expected(byte[] payload) {
        boolean cut = framing.name().equals("lf") && payload.length > 0 && payload[payload.length - 1] == '\r';
        return new String(cut ? Arrays.copyOf(payload, payload.length - 1) : payload, ISO_8859_1);
    }

    private byte[] frames(List<String> messages) {
        ByteBuf out = Unpooled.buffer();
        for (String message : messages) {
            framing.encode(Unpooled.copiedBuffer(message, ISO_8859_1), out);
        }
        return ByteBufUtil.getBytes(out);
    }
}
