package io.fairlead.link;

import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/// Passes on all complete frames of a read as one buffer: frames carry their own length, so nothing is gained by
/// cutting them apart, and a reader walks them by index. Most reads begin and end between frames; they are passed on as
/// they came, since a slice would check its bounds and its buffer's at each access.
///
/// Only a frame that comes in pieces is copied, once, into a buffer of its own. Netty's `ByteToMessageDecoder` would
/// copy whatever is read behind an unfinished frame, and a large frame again each time that its buffer doubles. What is
/// reserved for a frame is at most twice what has come of it: a length alone costs a stranger's victim nothing.
///
/// Until the link is open much less is accepted. Confined to the loop.
final class FrameSplitter extends ChannelInboundHandlerAdapter {
    private final int maxFrameBytes;
    private boolean open;
    private boolean failed;

    /// The beginning of a frame; null between frames.
    private @Nullable ByteBuf begun;

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

    private int maxLength() {
        return open ? maxFrameBytes : Math.min(Hello.MAX_LENGTH, maxFrameBytes);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (failed || context.isRemoved()) {
            in.release();
            return;
        }
        boolean kept = false;
        failed = true; // until proven otherwise: behind a wrong length nothing can be trusted
        try {
            if (begun == null || endBegun(context, begun, in)) {
                kept = !context.isRemoved() && split(context, in);
            }
            failed = false;
        } finally {
            if (!kept) {
                in.release();
            }
            if (failed) {
                releaseBegun();
            }
        }
    }

    /// Passes on what is complete and keeps the rest.
    ///
    /// @return whether the buffer has a new owner
    private boolean split(ChannelHandlerContext context, ByteBuf in) {
        int complete = Frames.completeBytes(in, maxLength());
        if (complete == in.readableBytes()) {
            if (complete > 0) {
                context.fireChannelRead(in);
            }
            return complete > 0;
        }
        ByteBuf frames = complete > 0 ? in.readRetainedSlice(complete) : null;
        begun = in;
        if (frames != null) {
            context.fireChannelRead(frames);
        }
        return true;
    }

    /// Adds what belongs to the begun frame, and passes it on if it is complete.
    ///
    /// @return whether it is
    private boolean endBegun(ChannelHandlerContext context, ByteBuf beginning, ByteBuf in) {
        ByteBuf frame = beginning;
        int unknown = Frames.LENGTH_BYTES - frame.readableBytes();
        if (unknown > 0) {
            frame = append(context, frame, in, unknown, Frames.LENGTH_BYTES);
            if (frame.readableBytes() < Frames.LENGTH_BYTES) {
                return false;
            }
        }
        Frames.completeBytes(frame, maxLength()); // checks the length before anything is reserved for it
        int bytes = Frames.size(frame, frame.readerIndex());
        frame = append(context, frame, in, bytes - frame.readableBytes(), bytes);
        if (Frames.completeBytes(frame, maxLength()) == 0) {
            return false;
        }
        begun = null;
        context.fireChannelRead(frame);
        return true;
    }

    /// Takes up to `wanted` bytes for the begun frame of `bytes` from `in`.
    private ByteBuf append(ChannelHandlerContext context, ByteBuf beginning, ByteBuf in, int wanted, int bytes) {
        int taken = Math.min(wanted, in.readableBytes());
        ByteBuf frame = beginning;
        if (frame.writableBytes() < taken) {
            long needed = (long) frame.readableBytes() + taken;
            frame = context.alloc().directBuffer((int) Math.min(bytes, 2 * needed));
            begun = frame;
            frame.writeBytes(beginning);
            beginning.release();
        }
        frame.writeBytes(in, taken);
        return frame;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        releaseBegun();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        releaseBegun();
    }

    private void releaseBegun() {
        if (begun != null) {
            begun.release();
            begun = null;
        }
    }
}
