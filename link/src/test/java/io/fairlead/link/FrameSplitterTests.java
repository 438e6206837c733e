package io.fairlead.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameSplitterTests {
    private static final int MAX_FRAME_BYTES = 1 << 20;

    /// Counts what is not released.
    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, true);

    private final EmbeddedChannel channel = new EmbeddedChannel(new FrameSplitter(MAX_FRAME_BYTES));

    FrameSplitterTests() {
        channel.config().setAllocator(memory);
        FrameSplitter.opened(channel);
    }

    @AfterEach
    void leavesNothingBehind() {
        channel.finishAndReleaseAll();
        assertThat(memory.metric().usedDirectMemory()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100, 5_000, 70_000})
    void anyCutsGiveTheSameFrames(int mostBytes) {
        Random random = new Random(mostBytes);
        ByteBuf sent = Unpooled.buffer();
        for (int i = 0; i < 200; i++) {
            sent.writeBytes(frame(i, random.nextInt(1 << random.nextInt(i % 50 == 0 ? 18 : 12))));
        }
        int[] before = {0};
        for (int at = 0; at < sent.readableBytes(); ) {
            int bytes = Math.min(1 + random.nextInt(mostBytes), sent.readableBytes() - at);
            channel.writeInbound(read(sent.slice(at, bytes)));
            at += bytes;
            for (ByteBuf frames : passedOn()) {
                int length = frames.readableBytes();
                assertThat(Frames.completeBytes(frames, MAX_FRAME_BYTES)).isEqualTo(length);
                assertThat(ByteBufUtil.equals(frames, frames.readerIndex(), sent, before[0], length))
                        .as("bytes from " + before[0])
                        .isTrue();
                before[0] += length;
                frames.release();
            }
        }
        assertThat(before[0]).isEqualTo(sent.readableBytes());
    }

    @Test
    void aReadThatEndsBetweenFramesIsPassedOnAsItCame() {
        ByteBuf read = read(frame(1, 10), frame(2, 20));
        channel.writeInbound(read);
        List<ByteBuf> passedOn = passedOn();
        assertThat(passedOn).hasSize(1);
        assertThat(passedOn.getFirst()).isSameAs(read);
        read.release();
    }

    @Test
    void onlyTheFrameInPiecesIsCopied() {
        ByteBuf cut = frame(3, 1_000);
        ByteBuf second = read(cut.slice(600, cut.readableBytes() - 600), frame(4, 10));
        channel.writeInbound(read(frame(1, 10), frame(2, 10), cut.slice(0, 600)), second);
        List<ByteBuf> passedOn = passedOn();
        assertThat(passedOn).hasSize(3);
        assertThat(ByteBufUtil.equals(passedOn.get(1), cut)).isTrue();
        assertThat(passedOn.get(2)).as("what comes behind it").isSameAs(second);
        passedOn.forEach(ByteBuf::release);
    }

    @Test
    void aLengthAloneReservesNothing() {
        ByteBuf large = frame(1, MAX_FRAME_BYTES - Frames.HEADER_BYTES);
        channel.writeInbound(read(large.slice(0, 5)));
        channel.writeInbound(read(large.slice(5, 995)));
        assertThat(memory.metric().usedDirectMemory()).isLessThanOrEqualTo(2_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 20})
    void aWrongLengthFailsOnceAndWhatFollowsIsDropped(int cut) {
        ByteBuf wrong = frame(2, 10).setInt(0, MAX_FRAME_BYTES + 1);
        channel.writeInbound(read(frame(1, 10)));
        passedOn().forEach(ByteBuf::release);
        assertThatThrownBy(() -> {
                    if (cut > 0) {
                        channel.writeInbound(read(wrong.slice(0, cut)));
                    }
                    channel.writeInbound(read(wrong.slice(cut, wrong.readableBytes() - cut)));
                })
                .isInstanceOf(ProtocolException.class)
                .hasMessage("frame length: 1048577 (expected: 20 to 1048576)");
        channel.writeInbound(read(frame(3, 10)));
        assertThat(passedOn()).isEmpty();
    }

    @Test
    void anEndInsideAFrameReleasesIt() {
        channel.writeInbound(read(frame(1, 100).slice(0, 50)));
        channel.close();
        assertThat(memory.metric().usedDirectMemory()).isZero();
        assertThat(passedOn()).isEmpty();
    }

    private static ByteBuf frame(long id, int payloadBytes) {
        byte[] payload = new byte[payloadBytes];
        new Random(id).nextBytes(payload);
        ByteBuf frame = Unpooled.buffer();
        Frames.writeHeader(frame, FrameType.REQUEST, (byte) 0, 0, id, 0, 0, 0, payloadBytes);
        return frame.writeBytes(payload);
    }

    /// Full to the last byte, as the buffer of a large read.
    private ByteBuf read(ByteBuf... parts) {
        int bytes = 0;
        for (ByteBuf part : parts) {
            bytes += part.readableBytes();
        }
        ByteBuf read = memory.directBuffer(bytes);
        for (ByteBuf part : parts) {
            read.writeBytes(part, part.readerIndex(), part.readableBytes());
        }
        return read;
    }

    private List<ByteBuf> passedOn() {
        List<ByteBuf> all = new ArrayList<>();
        for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
            all.add(next);
        }
        return all;
    }
}
