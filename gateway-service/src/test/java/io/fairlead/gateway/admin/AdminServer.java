package io.fairlead.gateway.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.gateway.GatewayApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/// A whole gateway in this process, and a person who administers it.
final class AdminServer implements AutoCloseable {
    static final String PASSWORD = "correct horse";

    final ConfigurableApplicationContext context;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path directory = temporary();

    AdminServer(String... settings) {
        List<String> args = new ArrayList<>(List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--fairlead.registries=127.0.0.1:1",
                "--fairlead.gateway.journal.url=jdbc:sqlite:" + directory.resolve("journal.db"),
                "--fairlead.gateway.listeners.native.port=0",
                "--fairlead.gateway.listeners.lines.port=0",
                "--fairlead.gateway.listeners.iso8583.enabled=false",
                "--fairlead.gateway.listeners.mllp.enabled=false"));
        args.addAll(List.of(settings));
        context = SpringApplication.run(GatewayApplication.class, args.toArray(String[]::new));
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("fairlead-admin");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static AdminServer withPassword(String... settings) {
        List<String> args = new ArrayList<>(List.of(settings));
        args.add("--fairlead.admin.password=" + PASSWORD);
        return new AdminServer(args.toArray(String[]::new));
    }

    HttpResponse<String> get(String path, @Nullable String account) throws Exception {
        return send("local.server.port", "GET", path, account);
    }

    HttpResponse<String> post(String path, @Nullable String account, String... headers) throws Exception {
        return send("local.server.port", "POST", path, account, headers);
    }

    HttpResponse<String> delete(String path, @Nullable String account) throws Exception {
        return send("local.server.port", "DELETE", path, account);
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
        FileSystemUtils.deleteRecursively(directory.toFile());
    }
}
