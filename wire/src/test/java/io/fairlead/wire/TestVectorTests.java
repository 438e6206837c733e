package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestVectorTests {
    private static final int MAX = Frames.DEFAULT_MAX_LENGTH;

    @ParameterizedTest
    @MethodSource("io.fairlead.wire.TestVector#all")
    void decodesToItsMeaning(TestVector vector) {
        ByteBuf buf = vector.buffer();

        assertThat(Frames.completeBytes(buf, MAX)).isEqualTo(vector.bytes().length);
        assertThat(Frames.size(buf, 0)).isEqualTo(vector.bytes().length);
        assertThat(Frames.type(buf, 0)).isEqualTo(vector.type());
        assertThat(Frames.flags(buf, 0) & 0xff).isEqualTo((int) vector.number("flags"));
        assertThat(Frames.more(buf, 0)).isEqualTo((vector.number("flags") & 1) == 1);
        assertThat(Frames.code(buf, 0)).isEqualTo((int) vector.number("code"));
        assertThat(Frames.low(buf, 0)).isEqualTo((int) vector.number("low"));
        assertThat(Frames.id(buf, 0)).isEqualTo(vector.number("id"));
        assertThat(Frames.timeMillis(buf, 0)).isEqualTo(vector.number("time"));
        assertThat(Frames.route(buf, 0)).isEqualTo(vector.text("route"));
        assertThat(Frames.metadata(buf, 0).asMap()).containsExactlyEntriesOf(vector.metadata());
        assertThat(Frames.payload(buf, 0)).isEqualTo(vector.payload());
        assertThat(Frames.payloadLength(buf, 0)).isEqualTo(vector.payload().length);
        assertThat(buf.readerIndex()).isZero();
    }

    @ParameterizedTest
    @MethodSource("io.fairlead.wire.TestVector#all")
    void encodesToItsBytes(TestVector vector) {
        byte[] route = vector.text("route").getBytes(UTF_8);
        Metadata metadata = Metadata.of(vector.metadata());
        byte[] payload = vector.payload();
        ByteBuf out = Unpooled.buffer();

        Frames.writeHeader(
                out,
                vector.type(),
                (byte) vector.number("flags"),
                (int) vector.number("code"),
                vector.number("id"),
                vector.number("time"),
                route.length,
                metadata.encodedBytes(),
                payload.length);
        out.setByte(Frames.LOW, (int) vector.number("low"));
        out.writeBytes(route);
        metadata.encode(out);
        out.writeBytes(payload);

        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(HexFormat.of().formatHex(vector.bytes()));
    }

    @ParameterizedTest
    @MethodSource("io.fairlead.wire.TestVector#all")
    void isIncompleteAtEveryTruncationPoint(TestVector vector) {
        for (int length = 0; length < vector.bytes().length; length++) {
            assertThat(Frames.completeBytes(Unpooled.wrappedBuffer(vector.bytes(), 0, length), MAX))
                    .as("first %d bytes", length)
                    .isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("io.fairlead.wire.TestVector#malformed")
    void malformedIsRejectedWhereItSays(TestVector vector) {
        ByteBuf buf = vector.buffer();
        String foundIn = vector.text("found-in");

        if (!foundIn.equals("frame")) {
            assertThat(Frames.completeBytes(buf, MAX)).isEqualTo(vector.bytes().length);
        }
        switch (foundIn) {
            case "frame" -> assertRejected(() -> Frames.completeBytes(buf, MAX));
            case "hello" -> assertRejected(() -> Hello.decode(buf, 0));
            case "metadata" -> assertRejected(() -> Frames.metadata(buf, 0));
            case "type" -> {
                assertThat(FrameType.ignorable(Frames.type(buf, 0))).isFalse();
                assertThat(FrameType.name(Frames.type(buf, 0))).startsWith("type ");
            }
            default -> throw new AssertionError("found-in: " + foundIn);
        }
    }

    private static void assertRejected(Runnable reading) {
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(reading::run);
    }

    @Test
    void everyTypeHasAVector() {
        Set<Byte> types = TestVector.all().map(TestVector::type).collect(Collectors.toSet());
        for (byte type = FrameType.HELLO; type <= FrameType.AUTH; type++) {
            assertThat(types).as(FrameType.name(type)).contains(type);
        }
        assertThat(types).anyMatch(FrameType::ignorable);
    }

    @Test
    void allVectorsInOneBufferAreSplitAtTheirBorders() {
        List<TestVector> vectors = TestVector.all().toList();
        ByteBuf buf = Unpooled.buffer();
        vectors.forEach(vector -> buf.writeBytes(vector.bytes()));

        assertThat(Frames.completeBytes(buf, MAX)).isEqualTo(buf.readableBytes());
        int at = 0;
        for (TestVector vector : vectors) {
            assertThat(Frames.type(buf, at)).isEqualTo(vector.type());
            assertThat(Frames.payload(buf, at)).isEqualTo(vector.payload());
            at += Frames.size(buf, at);
        }
        assertThat(at).isEqualTo(buf.writerIndex());
    }

    @Test
    void theSpecificationShowsTheVectorsBytes() throws IOException {
        String page = Files.readString(Path.of("PROTOCOL.md"));
        String[] blocks = page.substring(page.indexOf("\n## 10.")).split("```", -1);

        assertThat(hexAtLineStarts(blocks[1]))
                .isEqualTo(HexFormat.of().formatHex(TestVector.named("request").bytes()));
        assertThat(hexAtLineStarts(blocks[3]))
                .isEqualTo(HexFormat.of().formatHex(TestVector.named("response").bytes()));
    }

    private static String hexAtLineStarts(String block) {
        Matcher hex =
                Pattern.compile("(?m)^[0-9a-f]{2}(?:\\s+[0-9a-f]{2}(?=\\s|$))*").matcher(block);
        List<String> lines = new ArrayList<>();
        while (hex.find()) {
            lines.add(hex.group());
        }
        return String.join("", lines).replaceAll("\\s", "");
    }
}
