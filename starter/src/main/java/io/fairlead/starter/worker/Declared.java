package io.fairlead.starter.worker;

import io.fairlead.starter.Call;
import io.fairlead.starter.Effect;
import io.fairlead.starter.Receive;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;

/// What an annotation says of a method.
///
/// @param annotation its name, for messages
/// @param once whether it keeps keys
/// @param receives whether it takes durable messages, and those alone
record Declared(
        String annotation,
        String name,
        boolean idempotent,
        boolean once,
        boolean receives,
        Effect effect,
        String timeout,
        boolean interruptible,
        boolean blocking) {

    /// Null if the method has neither annotation.
    static @Nullable Declared of(Method method) {
        Call call = AnnotatedElementUtils.findMergedAnnotation(method, Call.class);
        if (call != null) {
            return of(call);
        }
        Receive receive = AnnotatedElementUtils.findMergedAnnotation(method, Receive.class);
        return receive == null
                ? null
                : new Declared(
                        "@Receive",
                        receive.value(),
                        false,
                        true,
                        true,
                        receive.effect(),
                        receive.timeout(),
                        false,
                        true);
    }

    static Declared of(Call call) {
        return new Declared(
                "@Call",
                call.value(),
                call.idempotent(),
                call.once(),
                false,
                call.effect(),
                call.timeout(),
                call.interruptible(),
                call.blocking());
    }
}
