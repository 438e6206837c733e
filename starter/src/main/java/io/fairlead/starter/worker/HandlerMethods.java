package io.fairlead.starter.worker;

import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.FairleadStartException;
import io.fairlead.wire.Route;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.stream.BaseStream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;

/// Makes [HandlerMethod]s of annotated methods, and tells their authors what is wrong with those that cannot
/// be one.
final class HandlerMethods {
    private static final MethodType HANDLER = MethodType.methodType(Object.class, Object.class, CallContext.class);

    private static final String SIGNATURE = "Give the method at most one payload parameter (byte[], String, or a type"
            + " that is read from JSON) and at most one CallContext, and let it return void, byte[], String, a type"
            + " that is written as JSON, or a CompletionStage of one of these.";

    /// Types that look like a value and are not one; Reactor's and others' publishers are known by their
    /// interface.
    private static final Set<String> PUBLISHERS =
            Set.of("org.reactivestreams.Publisher", "java.util.concurrent.Flow$Publisher");

    private static final Duration MAX_TIMEOUT = Duration.ofMillis(MethodOffer.MAX_TIMEOUT_MILLIS);

    private static final List<String> TRANSACTIONAL =
            List.of("org.springframework.transaction.annotation.Transactional", "jakarta.transaction.Transactional");

    private final Payloads payloads;
    private final CallRecorder recorder;

    HandlerMethods(Payloads payloads, CallRecorder recorder) {
        this.payloads = payloads;
        this.recorder = recorder;
    }

    /// @param type the class of the application's that holds the method, where type variables are known
    /// @param reconcile of the same method; null if there is none
    /// @throws FairleadStartException if the method cannot answer calls
    HandlerMethod handler(
            String service,
            Object bean,
            Class<?> type,
            Method method,
            Declared call,
            @Nullable ReconcileMethod reconcile) {
        Route route = route(service, type, method, call);
        if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
            String kind = Modifier.isStatic(method.getModifiers()) ? "static" : "private";
            throw invalid(type, method, "is " + kind, "Make the method neither private nor static.");
        }
        Signature signature = signature(type, method);
        ResolvableType returned = ResolvableType.forMethodReturnType(method, type);
        boolean async = CompletionStage.class.isAssignableFrom(method.getReturnType());
        ResolvableType value = async ? returned.as(CompletionStage.class).getGeneric() : returned;
        rejectStreams(type, method, "returns " + method.getReturnType().getSimpleName(), value.resolve(Object.class));
        KeyedMethods.check(type, method, call, async);
        Payloads.Writer writer = writer(type, method, value);
        return new HandlerMethod(
                route,
                call.idempotent(),
                timeout(type, method, call.timeout()),
                interruptible(type, method, call, async),
                call.once()
                        ? new Keyed(
                                call.receives(),
                                call.effect(),
                                reconcile == null ? null : reconcile.reconciler(payloads, writer))
                        : null,
                handle(bean, type, method, signature.payloadAt()),
                signature.contextAt() >= 0,
                signature.payloadAt() < 0 ? null : reader(type, method, signature.payloadAt()),
                async,
                writer,
                recorder.of(route),
                executor(type, method, call, route));
    }

    private static Signature signature(Class<?> type, Method method) {
        int payloadAt = -1;
        int contextAt = -1;
        Parameter[] parameters = method.getParameters();
        for (int i = 0; i < parameters.length; i++) {
            if (parameters[i].getType() == CallContext.class) {
                if (contextAt >= 0) {
                    throw invalid(type, method, "has two CallContext parameters", SIGNATURE);
                }
                contextAt = i;
            } else {
                if (payloadAt >= 0) {
                    String both = parameter(parameters[payloadAt]) + " and " + parameter(parameters[i]);
                    throw invalid(type, method, "has more than one payload parameter: " + both, SIGNATURE);
                }
                payloadAt = i;
            }
        }
        return new Signature(payloadAt, contextAt);
    }

    private static Route route(String service, Class<?> type, Method method, Declared call) {
        String name = call.name().isEmpty() ? method.getName() : call.name();
        if (service.startsWith("fairlead.")) {
            throw new FairleadStartException(
                    "Service '" + service + "' of " + type.getName() + " has a reserved name.",
                    "Choose a name in @FairleadService that does not begin with 'fairlead.'.");
        }
        try {
            return new Route(service, name);
        } catch (IllegalArgumentException e) {
            throw new FairleadStartException(
                    describe(type, method) + " cannot be called: " + e.getMessage() + ".",
                    "Change the name in @FairleadService or " + call.annotation() + ".",
                    e);
        }
    }

    private static boolean interruptible(Class<?> type, Method method, Declared call, boolean async) {
        if (!call.interruptible()) {
            return false;
        }
        if (async) {
            throw invalid(
                    type,
                    method,
                    "is interruptible and returns a CompletionStage, whose work is done on other threads",
                    "Return the value itself, or remove interruptible and ask CallContext.isCancelled().");
        }
        if (isTransactional(type, method)) {
            throw invalid(
                    type,
                    method,
                    "is interruptible and transactional: an interrupt would close the transaction's connection",
                    "Remove interruptible from @Call, or move the transaction out of this method and its class.");
        }
        return true;
    }

    private static Executor executor(Class<?> type, Method method, Declared call, Route route) {
        if (call.blocking()) {
            ThreadFactory threads = Thread.ofVirtual().name(route.toString()).factory();
            return task -> threads.newThread(task).start();
        }
        String waits = call.once() ? "once" : call.interruptible() ? "interruptible" : "transactional";
        if (call.once() || call.interruptible() || isTransactional(type, method)) {
            throw invalid(
                    type,
                    method,
                    "has blocking = false and is " + waits + ", so it waits for something",
                    "Remove blocking = false from @Call: the method then has a thread of its own.");
        }
        return new LoopExecutor(route, System::nanoTime);
    }

    private static boolean isTransactional(Class<?> type, Method method) {
        return TRANSACTIONAL.stream()
                .anyMatch(annotation -> MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY)
                                .isPresent(annotation)
                        || MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY)
                                .isPresent(annotation));
    }

    private static Duration timeout(Class<?> type, Method method, String text) {
        Duration timeout;
        try {
            timeout = text.isBlank() ? Duration.ZERO : DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException e) {
            throw invalidTimeout(type, method, text);
        }
        boolean whole = timeout.isZero() || timeout.toMillis() >= 1;
        if (timeout.isNegative() || !whole || timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw invalidTimeout(type, method, text);
        }
        return timeout;
    }

    private static FairleadStartException invalidTimeout(Class<?> type, Method method, String text) {
        return invalid(
                type,
                method,
                "has timeout = \"" + text + "\" (expected: 1ms to 1d, such as 2s; 0 = none)",
                "Change timeout in @Call.");
    }

    private Payloads.Reader reader(Class<?> type, Method method, int index) {
        Class<?> raw = method.getParameterTypes()[index];
        String what = "parameter " + parameter(method.getParameters()[index]);
        rejectStreams(type, method, "has the " + what, raw);
        try {
            return payloads.reader(ResolvableType.forMethodParameter(method, index, type));
        } catch (RuntimeException e) {
            throw new FairleadStartException(
                    describe(type, method) + " has the " + what + ", which cannot be read from JSON: " + e.getMessage(),
                    SIGNATURE,
                    e);
        }
    }

    private Payloads.Writer writer(Class<?> type, Method method, ResolvableType value) {
        try {
            return payloads.writer(value);
        } catch (RuntimeException e) {
            throw new FairleadStartException(
                    describe(type, method) + " returns " + value + ", which cannot be written as JSON: "
                            + e.getMessage(),
                    SIGNATURE,
                    e);
        }
    }

    private static void rejectStreams(Class<?> type, Method method, String what, Class<?> raw) {
        boolean stream = BaseStream.class.isAssignableFrom(raw)
                || (Future.class.isAssignableFrom(raw) && !CompletionStage.class.isAssignableFrom(raw))
                || CompletionStage.class.isAssignableFrom(raw)
                || isPublisher(raw);
        if (stream) {
            throw invalid(type, method, what + ", which is neither a value nor a CompletionStage of one", SIGNATURE);
        }
    }

    private static boolean isPublisher(@Nullable Class<?> type) {
        if (type == null) {
            return false;
        }
        if (PUBLISHERS.contains(type.getName()) || isPublisher(type.getSuperclass())) {
            return true;
        }
        for (Class<?> parent : type.getInterfaces()) {
            if (isPublisher(parent)) {
                return true;
            }
        }
        return false;
    }

    static MethodHandle handle(Object bean, Class<?> type, Method method, int payloadAt) {
        try {
            // A proxy around the bean, for transactions and the like, must see the call.
            Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
            invocable.setAccessible(true);
            MethodHandle bound = MethodHandles.lookup().unreflect(invocable).bindTo(bean);
            MethodType generic = bound.type().changeReturnType(Object.class);
            int[] order = new int[generic.parameterCount()];
            for (int i = 0; i < order.length; i++) {
                generic = generic.changeParameterType(i, i == payloadAt ? Object.class : CallContext.class);
                order[i] = i == payloadAt ? 0 : 1;
            }
            return MethodHandles.permuteArguments(bound.asType(generic), HANDLER, order);
        } catch (IllegalAccessException | InaccessibleObjectException | IllegalStateException e) {
            throw new FairleadStartException(
                    describe(type, method) + " cannot be reached: " + e.getMessage(),
                    "Make the method and its class accessible: if the bean is proxied by its interfaces, declare the"
                            + " method in one of them; if the application is a Java module, open the package.",
                    e);
        }
    }

    static FairleadStartException invalid(Class<?> type, Method method, String what, String action) {
        return new FairleadStartException(describe(type, method) + " " + what + ".", action);
    }

    private static String parameter(Parameter parameter) {
        return "'" + parameter.getType().getSimpleName() + " " + parameter.getName() + "'";
    }

    static String describe(Class<?> type, Method method) {
        Declared declared = Declared.of(method);
        return (declared == null ? "@Reconcile" : declared.annotation()) + " method '" + method.getName() + "' of "
                + type.getName();
    }

    /// Which parameter is what; -1 = the method has none.
    private record Signature(int payloadAt, int contextAt) {}
}
