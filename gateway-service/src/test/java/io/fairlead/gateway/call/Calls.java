package io.fairlead.gateway.call;

import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Calls from nowhere.
final class Calls {
    private Calls() {}

    static Call call(Priority priority, long startNanos, long deadlineNanos) {
        return new Call(
                new NoOrigin(),
                0,
                Route.parse("a/b"),
                new byte[0],
                Unpooled.EMPTY_BUFFER,
                0,
                0,
                0,
                priority,
                new RetryBudget(20, 3, startNanos),
                startNanos,
                deadlineNanos);
    }

    private static final class NoOrigin implements CallOrigin {
        @Override
        public void answered(Call call, ByteBuf buf, int at, boolean last) {}

        @Override
        public void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {}

        @Override
        public void pause() {}

        @Override
        public void resume() {}
    }
}
