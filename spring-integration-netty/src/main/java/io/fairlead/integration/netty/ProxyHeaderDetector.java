package io.fairlead.integration.netty;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.util.List;

/// Looks at the first bytes of a connection: the beginning of a PROXY protocol header makes way for its decoder,
/// anything else is announced as [Found#NO_HEADER] and left for those behind. Decides as soon as one byte
/// differs, because a message may be shorter than a header.
final class ProxyHeaderDetector extends ByteToMessageDecoder {

    /// Fired as a user event.
    enum Found {
        NO_HEADER
    }

    private static final byte[] V1 = "PROXY ".getBytes(US_ASCII);
    private static final byte[] V2 = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
    private static final int MAX_TLV_BYTES = 4096;

    private boolean begun;

    /// Whether at least one byte has come, so that a header may be half here.
    boolean begun() {
        return begun;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        begun = true;
        int v1 = matching(in, V1);
        int v2 = matching(in, V2);
        if (v1 == V1.length || v2 == V2.length) {
            context.pipeline().addAfter(context.name(), null, new HAProxyMessageDecoder(MAX_TLV_BYTES));
            context.pipeline().remove(this);
        } else if (v1 < in.readableBytes() && v2 < in.readableBytes()) {
            context.fireUserEventTriggered(Found.NO_HEADER);
            if (!context.isRemoved()) {
                context.pipeline().remove(this);
            }
        }
    }

    /// How many of the first bytes are those of the signature.
    private static int matching(ByteBuf in, byte[] signature) {
        int most = Math.min(in.readableBytes(), signature.length);
        int at = 0;
        while (at < most && in.getByte(in.readerIndex() + at) == signature[at]) {
            at++;
        }
        return at;
    }
}
