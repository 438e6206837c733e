package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FramesTests {
    private static final int MAX = Frames.DEFAULT_MAX_LENGTH;

    /// What a frame says; metadata and payload as one character a byte.
    record Content(
            byte type, byte flags, int code, long id, long timeMillis, String route, String metadata, String payload) {
        void encode(ByteBuf out) {
            byte[] routeBytes = route.getBytes(UTF_8);
            byte[] metadataBytes = metadata.getBytes(ISO_8859_1);
            byte[] payloadBytes = payload.getBytes(ISO_8859_1);
            Frames.writeHeader(
                    out,
                    type,
                    flags,
                    code,
                    id,
                    timeMillis,
                    routeBytes.length,
                    metadataBytes.length,
                    payloadBytes.length);
            out.writeBytes(routeBytes).writeBytes(metadataBytes).writeBytes(payloadBytes);
        }

        int size() {
            return 24 + route.length() + metadata.length() + payload.length();
        }
    }

    @Provide
    Arbitrary<Content> contents() {
        return Combinators.combine(
                        Arbitraries.bytes(),
                        Arbitraries.bytes(),
                        Arbitraries.integers().between(0, 255),
                        Arbitraries.longs(),
                        Arbitraries.longs().between(0, Frames.MAX_TIME_MILLIS),
                        Arbitraries.strings().ascii().ofMaxLength(40),
                        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(60),
                        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(60))
                .as(Content::new);
    }

    @Provide
    Arbitrary<List<Content>> sequences() {
        return contents().list().ofMinSize(1).ofMaxSize(4);
    }

    @Property
    void readsWhatWasWritten(@ForAll("contents") Content content, @ForAll @IntRange(max = 9) int at) {
        ByteBuf buf = Unpooled.buffer().writeZero(at).readerIndex(at);
        content.encode(buf);

        assertThat(Frames.completeBytes(buf, MAX)).isEqualTo(content.size());
        assertThat(Frames.size(buf, at)).isEqualTo(content.size());
        assertThat(Frames.type(buf, at)).isEqualTo(content.type());
        assertThat(Frames.flags(buf, at)).isEqualTo(content.flags());
        assertThat(Frames.more(buf, at)).isEqualTo((content.flags() & 1) == 1);
        assertThat(Frames.code(buf, at)).isEqualTo(content.code());
        assertThat(Frames.low(buf, at)).isZero();
        assertThat(Frames.id(buf, at)).isEqualTo(content.id());
        assertThat(Frames.timeMillis(buf, at)).isEqualTo(content.timeMillis());
        assertThat(Frames.route(buf, at)).isEqualTo(content.route());
        assertThat(ByteBufUtil.getBytes(buf, Frames.metadataIndex(buf, at), Frames.metadataLength(buf, at)))
                .isEqualTo(content.metadata().getBytes(ISO_8859_1));
        assertThat(Frames.payload(buf, at)).isEqualTo(content.payload().getBytes(ISO_8859_1));
        assertThat(buf.readerIndex()).isEqualTo(at);
    }

    @Property(tries = 200)
    void countsOnlyCompleteFramesAtEveryTruncationPoint(@ForAll("sequences") List<Content> contents) {
        ByteBuf whole = Unpooled.buffer();
        contents.forEach(content -> content.encode(whole));
        int complete = 0;
        int next = 0;
        for (int length = 0; length <= whole.writerIndex(); length++) {
            if (next < contents.size()
                    && length == complete + contents.get(next).size()) {
                complete = length;
                next++;
            }
            assertThat(Frames.completeBytes(whole.slice(0, length), MAX)).isEqualTo(complete);
        }
        assertThat(complete).isEqualTo(whole.writerIndex());
    }

    @Property(tries = 5_000)
    void randomBytesAreFramesOrAProtocolException(@ForAll @Size(max = 200) byte[] bytes) {
        read(Unpooled.wrappedBuffer(bytes), bytes.length);
    }

    /// Random bytes with a plausible length get further than those without.
    @Property(tries = 5_000)
    void randomHeadersAreFramesOrAProtocolException(
            @ForAll @Size(min = 24, max = 120) byte[] bytes,
            @ForAll @IntRange(min = -2, max = 2) int wrongBy,
            @ForAll @IntRange(max = 40) int route,
            @ForAll @IntRange(max = 90) int metadata) {
        ByteBuf buf = Unpooled.wrappedBuffer(bytes);
        buf.setInt(0, bytes.length - Frames.LENGTH_BYTES + wrongBy);
        buf.setShort(Frames.ROUTE_LENGTH, route);
        buf.setShort(Frames.METADATA_LENGTH, metadata);
        read(buf, 100);
    }

    private static void read(ByteBuf buf, int maxLength) {
        try {
            int complete = Frames.completeBytes(buf, maxLength);
            assertThat(complete).isBetween(0, buf.readableBytes());
            for (int at = 0; at < complete; at += Frames.size(buf, at)) {
                assertThat(Frames.payload(buf, at)).hasSize(Frames.payloadLength(buf, at));
                assertThat(Frames.payloadIndex(buf, at) + Frames.payloadLength(buf, at))
                        .isEqualTo(at + Frames.size(buf, at))
                        .isLessThanOrEqualTo(complete);
                readContent(buf, at);
            }
        } catch (ProtocolException e) {
            assertThat(e).hasMessageContaining("expected");
        }
    }

    private static void readContent(ByteBuf buf, int at) {
        assertThat(Frames.route(buf, at)).isNotNull();
        try {
            assertThat(Frames.metadata(buf, at).asMap()).isNotNull();
        } catch (ProtocolException e) {
            assertThat(e).hasMessageStartingWith("metadata: ");
        }
        try {
            assertThat(Hello.decode(buf, at).heartbeatMillis()).isPositive();
        } catch (ProtocolException e) {
            assertThat(e).message().isNotEmpty();
        }
    }

    @Test
    void aFrameAtTheLimitIsTakenAndOneAboveIsNot() {
        ByteBuf buf = Unpooled.buffer();
        Frames.writeHeader(buf, FrameType.RESPONSE, (byte) 0, 0, 1, 0, 0, 0, 80);
        buf.writeZero(80);

        assertThat(Frames.completeBytes(buf, 100)).isEqualTo(104);
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> Frames.completeBytes(buf, 99))
                .withMessage("frame length: 100 (expected: 20 to 99)");
    }

    @Test
    void aLengthOutOfBoundsIsKnownFromTheFirstFourBytes() {
        for (int length : new int[] {0, 19, MAX + 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            assertThatExceptionOfType(ProtocolException.class)
                    .as("length %d", length)
                    .isThrownBy(() -> Frames.completeBytes(Unpooled.copyInt(length), MAX))
                    .withMessageContaining(Integer.toUnsignedString(length));
        }
    }

    @Test
    void completeFramesAreReadFromTheReaderIndex() {
        ByteBuf buf = Unpooled.buffer().writeBytes(new byte[] {1, 2, 3}).readerIndex(3);
        Frames.writeBare(buf, FrameType.PING, 5);
        Frames.writeBare(buf, FrameType.PONG, 5);
        buf.writeByte(0);

        assertThat(Frames.completeBytes(buf, MAX)).isEqualTo(48);
    }

    @Test
    void holdsTheLongestRouteAndMetadata() {
        ByteBuf buf = Unpooled.buffer();
        Frames.writeHeader(buf, FrameType.REQUEST, (byte) 0, 0, 1, 0, 65_535, 65_535, 1);
        buf.writeZero(2 * 65_535 + 1);

        assertThat(Frames.completeBytes(buf, MAX)).isEqualTo(24 + 2 * 65_535 + 1);
        assertThat(Frames.routeLength(buf, 0)).isEqualTo(65_535);
        assertThat(Frames.metadataLength(buf, 0)).isEqualTo(65_535);
        assertThat(Frames.payloadLength(buf, 0)).isEqualTo(1);
    }

    @Test
    void refusesToWriteLengthsThatAHeaderDoesNotHold() {
        int[][] wrong = {{65_536, 0, 0}, {0, 65_536, 0}, {-1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {0, 0, Integer.MAX_VALUE}};
        for (int[] lengths : wrong) {
            ByteBuf buf = Unpooled.buffer();
            assertThatIllegalArgumentException()
                    .as("%s", lengths)
                    .isThrownBy(() -> Frames.writeHeader(
                            buf, FrameType.REQUEST, (byte) 0, 0, 1, 0, lengths[0], lengths[1], lengths[2]));
            assertThat(buf.readableBytes()).isZero();
        }
    }

    @Test
    void aTimeOutOfBoundsIsCutAndNeverTurnsIntoAnother() {
        assertThat(timeWritten(0)).isZero();
        assertThat(timeWritten(1)).isEqualTo(1);
        assertThat(timeWritten(0xffff_ffffL)).isEqualTo(0xffff_ffffL);
        assertThat(timeWritten(0x1_0000_0000L)).isEqualTo(0xffff_ffffL);
        assertThat(timeWritten(Long.MAX_VALUE)).isEqualTo(0xffff_ffffL);
        assertThat(timeWritten(-1))
                .as("passed just now: neither none (0) nor 49 days")
                .isEqualTo(1);
        assertThat(timeWritten(Long.MIN_VALUE)).isEqualTo(1);
    }

    private static long timeWritten(long timeMillis) {
        ByteBuf buf = Unpooled.buffer();
        Frames.writeHeader(buf, FrameType.REQUEST, (byte) 0, 0, 1, timeMillis, 0, 0, 0);
        return Frames.timeMillis(buf, 0);
    }

    @Test
    void patchesTheIdAndNothingElse() {
        TestVector vector = TestVector.named("request-metadata");
        ByteBuf buf = Unpooled.copiedBuffer(vector.bytes());
        Frames.setId(buf, 0, -2);

        assertThat(Frames.id(buf, 0)).isEqualTo(-2);
        Frames.setId(buf, 0, vector.number("id"));
        assertThat(ByteBufUtil.getBytes(buf)).isEqualTo(vector.bytes());
    }

    @Test
    void writesBareAndStatusFrames() {
        ByteBuf buf = Unpooled.buffer();
        Frames.writeBare(buf, FrameType.PING, 42);
        assertThat(ByteBufUtil.getBytes(buf)).isEqualTo(TestVector.named("ping").bytes());

        buf.clear();
        TestVector refusal = TestVector.named("refusal");
        Frames.writeStatus(buf, FrameType.REFUSAL, Status.RESOURCE_EXHAUSTED, 14, 250, refusal.text("payload"));
        assertThat(ByteBufUtil.getBytes(buf)).isEqualTo(refusal.bytes());

        buf.clear();
        TestVector error = TestVector.named("register-error");
        Frames.writeStatus(
                buf,
                FrameType.ERROR,
                Status.FAILED_PRECONDITION,
                1,
                0,
                Metadata.of(error.metadata()),
                error.text("payload"));
        assertThat(ByteBufUtil.getBytes(buf)).isEqualTo(error.bytes());
    }

    @Test
    void cutsALongTextBetweenCharacters() {
        ByteBuf buf = Unpooled.buffer();
        Frames.writeStatus(buf, FrameType.ERROR, Status.INTERNAL, 1, 0, "x".repeat(1023) + "\uD83D\uDE00 and more");

        assertThat(Frames.text(buf, 0)).isEqualTo("x".repeat(1023));
    }

    @Test
    void typesFrom128OnAreSkipped() {
        assertThat(FrameType.ignorable((byte) 127)).isFalse();
        assertThat(FrameType.ignorable((byte) 128)).isTrue();
        assertThat(FrameType.ignorable((byte) 255)).isTrue();
        assertThat(FrameType.name((byte) 200)).isEqualTo("type 200");
    }

    @Test
    void creditsSurviveTheTripAndAbsenceIsTold() {
        for (int places : new int[] {-1, 0, 1, 255, Integer.MAX_VALUE - 1}) {
            ByteBuf buf = Unpooled.buffer();
            Frames.writeBare(buf, FrameType.PONG, 1, Frames.credit(places));
            assertThat(Frames.freePlaces(buf, 0)).isEqualTo(places);
        }
        ByteBuf most = Unpooled.buffer();
        Frames.writeBare(most, FrameType.PONG, 1, Frames.MAX_TIME_MILLIS);
        assertThat(Frames.freePlaces(most, 0)).isEqualTo(Integer.MAX_VALUE - 1);
        Frames.setTime(most, 0, 0);
        assertThat(Frames.freePlaces(most, 0)).isEqualTo(-1);
    }
}
