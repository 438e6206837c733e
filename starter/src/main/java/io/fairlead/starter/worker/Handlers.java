package io.fairlead.starter.worker;

import io.fairlead.link.discovery.KeyOffer;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.FairleadStartException;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.wire.Route;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.MethodIntrospector;

/// All methods of this application that answer calls. Immutable.
final class Handlers {
    private final Map<Route, HandlerMethod> byRoute;

    private Handlers(Map<Route, HandlerMethod> byRoute) {
        this.byRoute = Collections.unmodifiableMap(byRoute);
    }

    /// Finds the [Call] and [Receive] methods of all [FairleadService] beans, which it creates where they are
    /// lazy.
    ///
    /// @throws FairleadStartException if a method cannot answer calls, two have one route, or a service has
    ///     none
    static Handlers find(ListableBeanFactory beans, HandlerMethods methods) {
        List<Service> services = services(beans);
        Map<Route, ReconcileMethod> reconcilers = ReconcileMethod.find(services);
        Map<Route, HandlerMethod> found = new LinkedHashMap<>();
        Map<Route, String> origins = new HashMap<>();
        for (Service service : services) {
            Map<Method, Declared> declared = MethodIntrospector.selectMethods(
                    service.type(), (MethodIntrospector.MetadataLookup<Declared>) Declared::of);
            if (declared.isEmpty()) {
                throw new FairleadStartException(
                        "Service '" + service.name() + "' of " + service.type().getName()
                                + " has no method with @Call or @Receive.",
                        "Annotate the methods that answer calls with @Call, those that take durable messages with"
                                + " @Receive, or remove @FairleadService.");
            }
            declared.forEach((method, call) -> {
                String name = call.name().isEmpty() ? method.getName() : call.name();
                ReconcileMethod reconcile = reconcilers.remove(ReconcileMethod.key(service.name(), name));
                HandlerMethod handler =
                        methods.handler(service.name(), service.bean(), service.type(), method, call, reconcile);
                String origin = HandlerMethods.describe(service.type(), method);
                String other = origins.put(handler.route(), origin);
                if (other != null) {
                    throw new FairleadStartException(
                            "Two methods answer " + handler.route() + ": " + other + ", and " + origin + ".",
                            "Give one of them another name with " + call.annotation()
                                    + "(\"...\"), or its class another service name.");
                }
                found.put(handler.route(), handler);
            });
        }
        for (ReconcileMethod unused : reconcilers.values()) {
            throw unused.unused();
        }
        return new Handlers(found);
    }

    /// A bean with methods of a service.
    record Service(String name, Object bean, Class<?> type) {}

    private static List<Service> services(ListableBeanFactory beans) {
        List<Service> services = new ArrayList<>();
        for (String name : beans.getBeanNamesForAnnotation(FairleadService.class)) {
            FairleadService service = beans.findAnnotationOnBean(name, FairleadService.class);
            if (service != null) {
                Object bean = beans.getBean(name);
                services.add(new Service(service.value(), bean, AopUtils.getTargetClass(bean)));
            }
        }
        return services;
    }

    /// A method that keeps keys, or null if there is none.
    @Nullable HandlerMethod firstKeyed() {
        return byRoute.values().stream()
                .filter(handler -> handler.keyed() != null)
                .findFirst()
                .orElse(null);
    }

    Collection<HandlerMethod> all() {
        return byRoute.values();
    }

    /// As registries are told of them, by name.
    ///
    /// @param inbox where keys are kept; null if no method keeps any
    List<ServiceOffer> offers(@Nullable Inbox inbox) {
        Map<String, Map<String, MethodOffer>> services = new TreeMap<>();
        for (HandlerMethod handler : byRoute.values()) {
            Route route = handler.route();
            services.computeIfAbsent(route.service(), name -> new TreeMap<>())
                    .put(
                            route.method(),
                            new MethodOffer(
                                    route.method(),
                                    handler.idempotent(),
                                    handler.keyed() != null,
                                    handler.timeout().toMillis(),
                                    keys(handler, inbox)));
        }
        List<ServiceOffer> offers = new ArrayList<>();
        services.forEach((name, methods) -> offers.add(new ServiceOffer(name, List.copyOf(methods.values()))));
        return offers;
    }

    private static @Nullable KeyOffer keys(HandlerMethod handler, @Nullable Inbox inbox) {
        Keyed keyed = handler.keyed();
        return keyed == null || inbox == null
                ? null
                : new KeyOffer(inbox.storeId(), inbox.retention().toMillis(), keyed.receives());
    }
}
