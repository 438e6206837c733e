package io.fairlead.benchmarks.http;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;

/// Spring Cloud Gateway with the routes of its properties. It scans for no components: the worker beside it is not to
/// answer in its place.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class HttpGateway {
    /// @param args properties: the port, the route, and the instances of `workers`
    public static void main(String[] args) {
        new SpringApplicationBuilder(HttpGateway.class)
                .web(WebApplicationType.REACTIVE)
                .run(args);
    }
}
