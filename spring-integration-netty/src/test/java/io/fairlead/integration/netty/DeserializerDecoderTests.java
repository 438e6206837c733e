package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.serializer.DefaultDeserializer;
import org.springframework.core.serializer.DefaultSerializer;
import org.springframework.core.serializer.Deserializer;
import org.springframework.core.serializer.Serializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayCrLfSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayElasticRawDeserializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLfSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayRawSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArraySingleTerminatorSerializer;
import org.springframework.integration.ip.tcp.serializer.ByteArrayStxEtxSerializer;

class DeserializerDecoderTests {

    private static final List<byte[]> MESSAGES = List.of("first".getBytes(), "2".getBytes(), "the third".getBytes());

    static Stream<Object> framings() {
        ByteArrayCrLfSerializer pooled = new ByteArrayCrLfSerializer();
        pooled.setPoolSize(2);
        return Stream.of(
                new ByteArrayCrLfSerializer(),
                pooled,
                new ByteArrayLfSerializer(),
                new ByteArraySingleTerminatorSerializer((byte) '|'),
                new ByteArrayStxEtxSerializer(),
                new ByteArrayLengthHeaderSerializer(1),
                new ByteArrayLengthHeaderSerializer(2),
                new ByteArrayLengthHeaderSerializer(4).inclusive());
    }

    @ParameterizedTest
    @MethodSource("framings")
    <T extends Serializer<byte[]> & Deserializer<byte[]>> void decodesAtEverySplitPoint(T framing) throws IOException {
        byte[] wire = wire(framing, MESSAGES);
        for (int split = 0; split <= wire.length; split++) {
            EmbeddedChannel channel = channel(framing);
            feed(channel, wire, 0, split);
            feed(channel, wire, split, wire.length);
            assertThat(received(channel)).as("split at " + split).containsExactlyElementsOf(MESSAGES);
            assertThat(channel.finish()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("framings")
    <T extends Serializer<byte[]> & Deserializer<byte[]>> void decodesBytewise(T framing) throws IOException {
        byte[] wire = wire(framing, MESSAGES);
        EmbeddedChannel channel = channel(framing);
        for (int i = 0; i < wire.length; i++) {
            feed(channel, wire, i, i + 1);
        }
        assertThat(received(channel)).containsExactlyElementsOf(MESSAGES);
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void decodesJavaObjects() throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (String message : List.of("one", "two", "three")) {
            new DefaultSerializer().serialize(message, wire);
        }
        byte[] bytes = wire.toByteArray();
        EmbeddedChannel channel = channel(new DefaultDeserializer());
        for (int i = 0; i < bytes.length; i++) {
            feed(channel, bytes, i, i + 1);
        }
        assertThat(channel.<Object>readInbound()).isEqualTo("one");
        assertThat(channel.<Object>readInbound()).isEqualTo("two");
        assertThat(channel.<Object>readInbound()).isEqualTo("three");
        channel.finishAndReleaseAll();
    }

    @Test
    void rawMessageEndsWithTheStream() {
        for (Deserializer<?> raw : List.of(new ByteArrayRawSerializer(), new ByteArrayElasticRawDeserializer())) {
            EmbeddedChannel channel = channel(raw);
            feed(channel, "some".getBytes(), 0, 4);
            feed(channel, " bytes".getBytes(), 0, 6);
            assertThat(channel.inboundMessages()).isEmpty();
            channel.finish();
            assertThat(received(channel)).containsExactly("some bytes".getBytes());
        }
    }

    @Test
    void incompleteMessageAtTheEndOfTheStreamFails() {
        EmbeddedChannel channel = channel(new ByteArrayCrLfSerializer());
        feed(channel, "half".getBytes(), 0, 4);
        assertThatThrownBy(channel::finish)
                .isInstanceOf(DecoderException.class)
                .hasMessageContaining("Socket closed during message assembly");
    }

    @Test
    void messageBeyondTheLimitFailsAndNamesIt() {
        ByteArrayCrLfSerializer framing = new ByteArrayCrLfSerializer();
        framing.setMaxMessageSize(1 << 20);
        EmbeddedChannel channel = new EmbeddedChannel(new DeserializerDecoder(framing, 100));
        feed(channel, new byte[100], 0, 100);
        assertThatThrownBy(() -> feed(channel, new byte[1], 0, 1))
                .isInstanceOf(TooLongFrameException.class)
                .hasMessageContaining("100 bytes (maxReplayBytes)")
                .hasMessageContaining("setPipeline");
        channel.finishAndReleaseAll();
    }

    @Test
    void doesNotGoOnAfterAMisreadMessage() {
        AtomicInteger calls = new AtomicInteger();
        EmbeddedChannel channel = channel(in -> {
            calls.incrementAndGet();
            throw new IOException("bad frame");
        });
        assertThatThrownBy(() -> feed(channel, "x".getBytes(), 0, 1)).hasMessageContaining("bad frame");
        feed(channel, "y".getBytes(), 0, 1);
        channel.finish();
        assertThat(calls).hasValue(1);
    }

    @Test
    void longMessageInManyPiecesIsReadFewTimes() {
        AtomicInteger calls = new AtomicInteger();
        int length = 256 * 1024;
        EmbeddedChannel channel = channel(in -> {
            calls.incrementAndGet();
            byte[] bytes = new byte[length];
            int read = 0;
            while (read < length) {
                read += in.read(bytes, read, length - read);
            }
            return bytes;
        });
        for (int i = 0; i < length / 64; i++) {
            feed(channel, new byte[64], 0, 64);
        }
        channel.advanceTimeBy(10, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(received(channel)).hasSize(1);
        channel.finishAndReleaseAll();
        assertThat(calls.get()).isLessThan(200); // 64 small ones, then an eighth more each time
    }

    private static EmbeddedChannel channel(Deserializer<?> deserializer) {
        EmbeddedChannel channel =
                new EmbeddedChannel(new DeserializerDecoder(deserializer, ConnectionSettings.DEFAULT_MAX_REPLAY_BYTES));
        channel.freezeTime();
        return channel;
    }

    private static byte[] wire(Serializer<byte[]> framing, List<byte[]> messages) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            framing.serialize(message, out);
        }
        return out.toByteArray();
    }

    private static void feed(EmbeddedChannel channel, byte[] bytes, int from, int to) {
        channel.writeInbound(Unpooled.copiedBuffer(Arrays.copyOfRange(bytes, from, to)));
    }

    private static List<byte[]> received(EmbeddedChannel channel) {
        List<byte[]> result = new ArrayList<>();
        for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
            result.add((byte[]) next);
        }
        return result;
    }
}
