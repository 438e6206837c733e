package io.fairlead.starter.worker;

import io.fairlead.starter.FairleadStartException;
import io.fairlead.starter.Reconcile;
import io.fairlead.starter.Reconciliation;
import io.fairlead.starter.inbox.Reconciler;
import io.fairlead.starter.inbox.StoredReply;
import io.fairlead.wire.Route;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;

/// A method of the application's that knows what became of effects outside the database.
record ReconcileMethod(Object bean, Class<?> type, Method method, String target) {
    private static final String SIGNATURE =
            "Give the method a String for the key, then at most one payload as the method"
                    + " takes it that it reconciles, and let it return a Reconciliation.";

    /// By the route of the method whose effects they know.
    static Map<Route, ReconcileMethod> find(List<Handlers.Service> services) {
        Map<Route, ReconcileMethod> found = new HashMap<>();
        for (Handlers.Service service : services) {
            Map<Method, Reconcile> methods =
                    MethodIntrospector.selectMethods(service.type(), (MethodIntrospector.MetadataLookup<Reconcile>)
                            method -> AnnotatedElementUtils.findMergedAnnotation(method, Reconcile.class));
            methods.forEach((method, reconcile) -> {
                ReconcileMethod one = new ReconcileMethod(service.bean(), service.type(), method, reconcile.value());
                one.check();
                Route route = key(service.name(), reconcile.value());
                if (route == null) {
                    throw one.unused();
                }
                if (found.put(route, one) != null) {
                    throw new FairleadStartException(
                            "Two @Reconcile methods are for " + route + ".", "Remove one of them.");
                }
            });
        }
        return found;
    }

    /// Null if it cannot be a route: nothing has that name.
    static @Nullable Route key(String service, String method) {
        try {
            return new Route(service, method);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void check() {
        Class<?>[] parameters = method.getParameterTypes();
        if (parameters.length < 1
                || parameters.length > 2
                || parameters[0] != String.class
                || method.getReturnType() != Reconciliation.class) {
            throw HandlerMethods.invalid(type, method, "cannot reconcile", SIGNATURE);
        }
    }

    /// What to tell the author of one that is for nothing.
    FairleadStartException unused() {
        return HandlerMethods.invalid(
                type,
                method,
                "is for '" + target + "', which is no method of its service with once = true",
                "Name a method with @Call(once = true, effect = Effect.EXTERNAL) or @Receive(effect ="
                        + " Effect.EXTERNAL) in @Reconcile.");
    }

    /// @param writer of the method's replies
    Reconciler reconciler(Payloads payloads, Payloads.Writer writer) {
        MethodHandle handle = handle();
        Payloads.Reader reader = method.getParameterCount() < 2
                ? null
                : payloads.reader(ResolvableType.forMethodParameter(method, 1, type));
        return (key, payload) -> {
            Object result = reader == null ? handle.invoke(key) : handle.invoke(key, reader.read(payload));
            return switch (result) {
                case Reconciliation.Done<?> done ->
                    Reconciliation.done(new StoredReply(writer.metadata(), writer.write(done.reply())));
                case Reconciliation.NotDone<?> notDone -> Reconciliation.notDone();
                case null, default -> Reconciliation.unknown();
            };
        };
    }

    private MethodHandle handle() {
        try {
            Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
            invocable.setAccessible(true);
            return MethodHandles.lookup().unreflect(invocable).bindTo(bean);
        } catch (IllegalAccessException | InaccessibleObjectException | IllegalStateException e) {
            throw new FairleadStartException(
                    HandlerMethods.describe(type, method) + " cannot be reached: " + e.getMessage(),
                    "Make the method and its class accessible.",
                    e);
        }
    }
}
