package io.fairlead.gateway.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.core.serializer.Deserializer;
import org.springframework.core.serializer.Serializer;
import org.springframework.integration.ip.tcp.serializer.AbstractByteArraySerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayCrLfSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayRawSerializer;

class SpringFramingTests {

    private static final int LONG = 1 << 20;

    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void aLongMessageInTinyPiecesIsReadAgainFewTimesAndDeliveredSoon() {
        try (DecoderDriver driver = new DecoderDriver(counted(new ByteArrayCrLfSerializer()), LONG)) {
            byte[] frame = ("x".repeat(50_000) + "\r\n").getBytes(ISO_8859_1);
            for (int i = 0; i < frame.length; i++) {
                driver.read(frame, i, i + 1);
            }
            assertThat(runs).hasValueLessThan(1_000);
            driver.advanceMillis(10);
            assertThat(driver.messages()).containsExactly("x".repeat(50_000));
            assertThat(driver.decoder().midFrame()).isFalse();
        }
    }

    @Test
    void aLongMessageInReadsOfUsualSizeIsDeliveredAtOnce() {
        try (DecoderDriver driver = new DecoderDriver(counted(new ByteArrayLengthHeaderSerializer()), LONG)) {
            byte[] frame = new byte[4 + LONG];
            frame[1] = 0x10;
            for (int i = 0; i < frame.length; i += 65_536) {
                driver.read(frame, i, Math.min(frame.length, i + 65_536));
            }
            assertThat(driver.messages()).hasSize(1);
        }
    }

    @Test
    void aPostponedRunStillRefusesWhatIsTooLong() {
        try (DecoderDriver driver = new DecoderDriver(counted(new ByteArrayCrLfSerializer()), 40_000)) {
            byte[] endless = "x".repeat(45_000).getBytes(ISO_8859_1);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < endless.length; i++) {
                            driver.read(endless, i, i + 1);
                        }
                        driver.advanceMillis(10);
                    })
                    .isInstanceOf(FramingException.class)
                    .hasMessageContaining("max-message-size");
        }
    }

    @Test
    void whatComesAfterAPostponedMessageIsDeliveredAtTheEndOfInput() {
        try (DecoderDriver driver = new DecoderDriver(counted(new ByteArrayCrLfSerializer()), LONG)) {
            byte[] frames = ("x".repeat(20_000) + "\r\none\r\ntwo\r\nhal").getBytes(ISO_8859_1);
            for (int i = 0; i < frames.length; i++) {
                driver.read(frames, i, i + 1);
            }
            assertThat(driver.messages()).isEmpty();
            assertThat(driver.messagesAtClose()).containsExactly("x".repeat(20_000), "one", "two");
            assertThat(driver.decoder().midFrame()).isTrue();
        }
    }

    @Test
    void aDeserializerThatReadsToTheEndOfItsStreamGetsIt() {
        var raw = new ByteArrayRawSerializer(true);
        try (DecoderDriver driver = new DecoderDriver(new SpringFraming("raw", raw, raw), 100)) {
            driver.read("all of".getBytes(ISO_8859_1));
            driver.read(" it".getBytes(ISO_8859_1));
            assertThat(driver.messages()).isEmpty();
            assertThat(driver.messagesAtClose()).containsExactly("all of it");
        }
    }

    @Test
    void whatTheDeserializerThrowsIsMalformed() {
        Deserializer<byte[]> refuses = in -> {
            throw new IOException("no checksum in " + in.read());
        };
        try (DecoderDriver driver = new DecoderDriver(framing(refuses), 100)) {
            assertThatThrownBy(() -> driver.read(new byte[] {7}))
                    .isInstanceOfSatisfying(
                            FramingException.class,
                            e -> assertThat(e.reason()).isEqualTo(FramingException.Reason.MALFORMED))
                    .hasMessageContaining("no checksum in 7")
                    .hasCauseInstanceOf(IOException.class);
        }
    }

    @Test
    void aDeserializerThatHidesThatItRanOutIsRunAgain() {
        Deserializer<byte[]> hides = in -> {
            try {
                return new byte[] {(byte) in.read(), (byte) in.read()};
            } catch (Throwable e) {
                throw new IOException("wrapped", e);
            }
        };
        try (DecoderDriver driver = new DecoderDriver(framing(hides), 100)) {
            driver.read(new byte[] {'o'});
            driver.read(new byte[] {'k'});
            assertThat(driver.messages()).containsExactly("ok");
        }
    }

    @Test
    void aDeserializerThatReadsNothingIsRefused() {
        try (DecoderDriver driver = new DecoderDriver(framing(in -> new byte[0]), 100)) {
            assertThatThrownBy(() -> driver.read(new byte[] {1})).isInstanceOf(FramingException.class);
        }
    }

    @Test
    void aSerializerThatFailsHalfWayLeavesNothing() {
        Serializer<byte[]> fails = (message, stream) -> {
            stream.write(message);
            throw new IOException("disk of the scale is full");
        };
        ByteBuf out = Unpooled.buffer().writeByte(1);
        SpringFraming framing = new SpringFraming("scale", fails, InputStream::readAllBytes);
        assertThatThrownBy(() -> framing.encode(Unpooled.wrappedBuffer(new byte[3]), out))
                .isInstanceOf(FramingException.class)
                .hasMessageContaining("disk of the scale is full");
        assertThat(out.readableBytes()).isEqualTo(1);
    }

    private static SpringFraming framing(Deserializer<byte[]> deserializer) {
        return new SpringFraming("own", (message, out) -> out.write(message), deserializer);
    }

    private <T extends AbstractByteArraySerializer> SpringFraming counted(T serializer) {
        serializer.setMaxMessageSize(LONG);
        return new SpringFraming("own", serializer, in -> {
            runs.incrementAndGet();
            return serializer.deserialize(in);
        });
    }
}
