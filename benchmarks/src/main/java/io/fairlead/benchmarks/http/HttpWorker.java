package io.fairlead.benchmarks.http;

import java.util.Map;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/// A Boot service that answers `POST /echo` with what it was sent: WebFlux on Netty, a functional route, no filters.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class HttpWorker {
    /// @param args properties, such as `--server.port=8081`
    public static void main(String[] args) {
        new SpringApplicationBuilder(HttpWorker.class)
                .web(WebApplicationType.REACTIVE)
                .properties(Map.of("spring.cloud.gateway.server.webflux.enabled", "false"))
                .run(args);
    }

    @Bean
    RouterFunction<ServerResponse> echo() {
        return RouterFunctions.route()
                .POST(
                        "/echo",
                        request -> request.bodyToMono(byte[].class)
                                .flatMap(body -> ServerResponse.ok().bodyValue(body)))
                .build();
    }
}
