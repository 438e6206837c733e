package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// `none`: nothing is known of the messages, so the connection of a refused one is closed.
final class NoDialect implements Dialect {

    @Override
    public String name() {
        return "none";
    }

    @Override
    public @Nullable ByteBuf refuse(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
        return null;
    }
}
