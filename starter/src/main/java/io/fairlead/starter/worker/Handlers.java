package io.fairlead.starter.worker;

import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.FairleadStartException;
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
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;

/// All methods of this application that answer calls. Immutable.
final class Handlers {
    private final Map<Route, HandlerMethod> byRoute;

    private Handlers(Map<Route, HandlerMethod> byRoute) {
        this.byRoute = Collections.unmodifiableMap(byRoute);
    }

    /// Finds the [Call] methods of all [FairleadService] beans, which it creates where they are lazy.
    ///
    /// @throws FairleadStartException if a method cannot answer calls, two have one route, or a service has none
    static Handlers find(ListableBeanFactory beans, HandlerMethods methods) {
        Map<Route, HandlerMethod> found = new LinkedHashMap<>();
        Map<Route, String> origins = new HashMap<>();
        for (String name : beans.getBeanNamesForAnnotation(FairleadService.class)) {
            FairleadService service = beans.findAnnotationOnBean(name, FairleadService.class);
            if (service == null) {
                continue;
            }
            Object bean = beans.getBean(name);
            Class<?> type = AopUtils.getTargetClass(bean);
            Map<Method, Call> calls = MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<Call>)
                    method -> AnnotatedElementUtils.findMergedAnnotation(method, Call.class));
            if (calls.isEmpty()) {
                throw new FairleadStartException(
                        "Service '" + service.value() + "' of " + type.getName() + " has no method with @Call.",
                        "Annotate the methods that answer calls with @Call, or remove @FairleadService.");
            }
            calls.forEach((method, call) -> {
                HandlerMethod handler = methods.handler(service.value(), bean, type, method, call);
                String origin = HandlerMethods.describe(type, method);
                String other = origins.put(handler.route(), origin);
                if (other != null) {
                    throw new FairleadStartException(
                            "Two methods answer " + handler.route() + ": " + other + ", and " + origin + ".",
                            "Give one of them another name with @Call(\"...\"), or its class another service name.");
                }
                found.put(handler.route(), handler);
            });
        }
        return new Handlers(found);
    }

    Collection<HandlerMethod> all() {
        return byRoute.values();
    }

    /// As registries are told of them, by name.
    List<ServiceOffer> offers() {
        Map<String, Map<String, MethodOffer>> services = new TreeMap<>();
        for (HandlerMethod handler : byRoute.values()) {
            Route route = handler.route();
            services.computeIfAbsent(route.service(), name -> new TreeMap<>())
                    .put(
                            route.method(),
                            new MethodOffer(
                                    route.method(),
                                    handler.idempotent(),
                                    false,
                                    handler.timeout().toMillis()));
        }
        List<ServiceOffer> offers = new ArrayList<>();
        services.forEach((name, methods) -> offers.add(new ServiceOffer(name, List.copyOf(methods.values()))));
        return offers;
    }
}
