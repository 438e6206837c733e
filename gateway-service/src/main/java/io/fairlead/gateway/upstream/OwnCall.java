package io.fairlead.gateway.upstream;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.CallOrigin;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// The gateway itself asks a worker something.
final class OwnCall implements CallOrigin {
    private final CompletableFuture<byte[]> answer;

    OwnCall(CompletableFuture<byte[]> answer) {
        this.answer = answer;
    }

    @Override
    public void answered(Call call, ByteBuf buf, int at, boolean last) {
        if (last) {
            answer.complete(Frames.payload(buf, at));
        }
    }

    @Override
    public void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        answer.completeExceptionally(new CallException(
                status, message, certainlyNotRun, Duration.ofMillis(retryAfterMillis), Metadata.EMPTY));
    }

    /// Questions are few and small: nothing is gained by holding them back.
    @Override
    public void pause() {}

    @Override
    public void resume() {}
}
