package io.fairlead.link.discovery;

import io.fairlead.wire.Route;
import java.util.List;

/// A service that an instance offers.
///
/// @param name as in a route
/// @param methods copied
public record ServiceOffer(String name, List<MethodOffer> methods) {
    static final int MAX_NAME_CHARS = 250;

    /// @throws IllegalArgumentException if the service and a method do not make a [Route]
    public ServiceOffer {
        Bounds.text("service name", name, 1, MAX_NAME_CHARS);
        methods = Bounds.list(methods);
        for (MethodOffer method : methods) {
            // The constructor is the check: what is registered must be callable.
            Route unused = new Route(name, method.name());
        }
    }
}
