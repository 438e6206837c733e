package io.fairlead.link;

import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.fairlead.wire.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/// Passes on all complete frames of a read as one buffer: frames carry their own length, so nothing is gained
/// by cutting them apart, and a reader walks them by index.
///
/// Until the link is open much less is accepted: a stranger cannot make us gather megabytes. Confined to the loop.
final class FrameSplitter extends ByteToMessageDecoder {
    private final int maxFrameBytes;
    private boolean open;

    FrameSplitter(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    /// The link over this connection is open.
    static void opened(Channel channel) {
        FrameSplitter splitter = channel.pipeline().get(FrameSplitter.class);
        if (splitter != null) {
            splitter.open = true;
        }
    }

    /// Most reads begin and end between frames: then the buffer is passed on as it came. A slice of it would check its
    /// bounds and its buffer's at each access, and a frame's header is read field by field.
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof ByteBuf in && actualReadableBytes() == 0 && isWhole(in)) {
            context.fireChannelRead(in);
        } else {
            super.channelRead(context, message);
        }
    }

    private boolean isWhole(ByteBuf in) {
        try {
            return in.isReadable() && Frames.completeBytes(in, maxLength()) == in.readableBytes();
        } catch (ProtocolException e) {
            return false; // and will be said of it when it is decoded
        }
    }

    private int maxLength() {
        return open ? maxFrameBytes : Math.min(Hello.MAX_LENGTH, maxFrameBytes);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int complete = Frames.completeBytes(in, maxLength());
        if (complete > 0) {
            out.add(in.readRetainedSlice(complete));
        }
    }
}
