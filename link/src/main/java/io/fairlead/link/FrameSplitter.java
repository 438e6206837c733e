package io.fairlead.link;

import io.fairlead.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/// Passes on all complete frames of a read as one buffer: frames carry their own length, so nothing is gained by
/// cutting
/// them apart, and a reader walks them by index.
final class FrameSplitter extends ByteToMessageDecoder {
    private final int maxFrameBytes;

    FrameSplitter(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int complete = Frames.completeBytes(in, maxFrameBytes);
        if (complete > 0) {
            out.add(in.readRetainedSlice(complete));
        }
    }
}
