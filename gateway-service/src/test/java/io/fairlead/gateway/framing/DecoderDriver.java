package io.fairlead.gateway.framing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Feeds bytes to a decoder as reads of a connection and keeps the books of every buffer.
final class DecoderDriver implements AutoCloseable {

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final FrameDecoder decoder;

    DecoderDriver(Framing framing, int maxMessageBytes) {
        this.decoder = framing.newDecoder(maxMessageBytes);
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(decoder);
    }

    FrameDecoder decoder() {
        return decoder;
    }

    /// One read. Throws what the decoder threw, as the pipeline reports it.
    void read(byte[] bytes, int from, int to) {
        channel.writeInbound(allocator.buffer(Math.max(1, to - from)).writeBytes(bytes, from, to - from));
    }

    void read(byte[] bytes) {
        read(bytes, 0, bytes.length);
    }

    void advanceMillis(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.checkException();
    }

    /// Messages emitted since the last call, as ISO 8859-1.
    List<String> messages() {
        List<String> messages = new ArrayList<>();
        for (ByteBuf message = channel.readInbound(); message != null; message = channel.readInbound()) {
            messages.add(message.toString(StandardCharsets.ISO_8859_1));
            message.release();
        }
        return messages;
    }

    List<String> messagesAtClose() {
        channel.finish();
        return messages();
    }

    /// Checks that no buffer is left behind.
    @Override
    public void close() {
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory())
                .as("bytes of unreleased buffers")
                .isZero();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }
}
