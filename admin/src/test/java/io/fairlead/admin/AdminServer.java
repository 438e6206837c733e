package io.fairlead.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// A process that is administered, with one thing to read and one to change, and a person who does.
final class AdminServer implements AutoCloseable {
    static final String PASSWORD = "correct horse";

    private final ConfigurableApplicationContext context;
    private final HttpClient http = HttpClient.newHttpClient();

    AdminServer(String... settings) {
        context = new SpringApplicationBuilder(Service.class)
                .properties(
                        "server.address=127.0.0.1",
                        "server.port=0",
                        "management.server.address=127.0.0.1",
                        "management.server.port=0",
                        "management.endpoints.web.exposure.include=health, info, prometheus",
                        "management.endpoint.health.probes.enabled=true",
                        "spring.mvc.problemdetails.enabled=true",
                        "spring.main.banner-mode=off")
                .run(settings);
    }

    static AdminServer withPassword(String... settings) {
        List<String> args = new ArrayList<>(List.of(settings));
        args.add("--fairlead.admin.password=" + PASSWORD);
        return new AdminServer(args.toArray(String[]::new));
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import({AdminSecurity.class, Things.class})
    static class Service {}

    @RestController
    static class Things {
        private final Audit audit;

        Things(Audit audit) {
            this.audit = audit;
        }

        @GetMapping("/admin/things")
        List<String> things() {
            return List.of("thing");
        }

        @PostMapping("/admin/change")
        void change() {
            audit.record("change", "a \"thing\"\nwho=root", "changed");
        }
    }

    HttpResponse<String> get(String path, @Nullable String account) throws Exception {
        return send("local.server.port", "GET", path, account);
    }

    HttpResponse<String> post(String path, @Nullable String account, String... headers) throws Exception {
        return send("local.server.port", "POST", path, account, headers);
    }

    HttpResponse<String> manage(String path, @Nullable String account) throws Exception {
        return send("local.management.port", "GET", path, account);
    }

    static String account(String name, String password) {
        return name + ":" + password;
    }

    static String admin() {
        return account("admin", PASSWORD);
    }

    private HttpResponse<String> send(
            String port, String method, String path, @Nullable String account, String... headers) throws Exception {
        int number = context.getEnvironment().getRequiredProperty(port, Integer.class);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + number + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (account != null) {
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(account.getBytes(UTF_8)));
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        http.close();
        context.close();
    }
}
