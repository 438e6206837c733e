package io.fairlead.link;

import io.fairlead.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/// Passes on all complete frames of a read as one buffer: frames carry their own length, so nothing is gained
/// by cutting them apart, and a reader walks them by index.
///
/// Until the first frame, which is a HELLO, much less is accepted: a stranger cannot make us gather megabytes.
final class FrameSplitter extends ByteToMessageDecoder {
    private static final int MAX_HELLO_BYTES = 16 * 1024;

    private final int maxFrameBytes;
    private boolean begun;

    FrameSplitter(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int complete = Frames.completeBytes(in, begun ? maxFrameBytes : Math.min(MAX_HELLO_BYTES, maxFrameBytes));
        if (complete > 0) {
            begun = true;
            out.add(in.readRetainedSlice(complete));
        }
    }
}
