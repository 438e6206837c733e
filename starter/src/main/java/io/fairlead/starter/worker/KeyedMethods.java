package io.fairlead.starter.worker;

import io.fairlead.starter.Effect;
import io.fairlead.starter.FairleadStartException;
import java.lang.reflect.Method;
import java.util.Set;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/// What methods that keep keys may not be.
final class KeyedMethods {
    /// Those that leave the transaction that holds the key.
    private static final Set<Propagation> ELSEWHERE =
            Set.of(Propagation.REQUIRES_NEW, Propagation.NOT_SUPPORTED, Propagation.NEVER);

    private KeyedMethods() {}

    /// @throws FairleadStartException if the method keeps keys and cannot, or says so for nothing
    static void check(Class<?> type, Method method, Declared call, boolean async) {
        if (!call.once()) {
            if (call.effect() != Effect.DATABASE) {
                throw HandlerMethods.invalid(
                        type, method, "has an effect and is not once", "Add once = true to @Call, or remove effect.");
            }
            return;
        }
        if (async) {
            throw HandlerMethods.invalid(
                    type,
                    method,
                    "keeps keys and returns a CompletionStage, whose work is not in the key's transaction",
                    "Return the value itself: the method has a thread of its own and may block.");
        }
        if (call.interruptible()) {
            throw HandlerMethods.invalid(
                    type,
                    method,
                    "is once and interruptible: an interrupt would close the transaction's connection",
                    "Remove interruptible from @Call, and ask CallContext.isCancelled() between steps.");
        }
        if (call.effect() == Effect.DATABASE) {
            requireTransaction(type, method);
        }
    }

    private static void requireTransaction(Class<?> type, Method method) {
        MergedAnnotation<Transactional> own =
                MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).get(Transactional.class);
        MergedAnnotation<Transactional> transactional = own.isPresent()
                ? own
                : MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY).get(Transactional.class);
        if (transactional.isPresent()) {
            Propagation propagation = transactional.getEnum("propagation", Propagation.class);
            if (ELSEWHERE.contains(propagation)) {
                throw HandlerMethods.invalid(
                        type,
                        method,
                        "keeps keys and is @Transactional(propagation = " + propagation
                                + "), so its work is not in the key's transaction",
                        "Remove the propagation: the method runs in the transaction that keeps the key.");
            }
        }
    }
}
