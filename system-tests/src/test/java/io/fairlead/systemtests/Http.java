package io.fairlead.systemtests;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an operator sees: admin pages and the actuator, on this machine.
final class Http {
    /// Of the processes that the tests start.
    static final String ADMIN_PASSWORD = ServiceProcess.random();

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Nobody answered, or not in time. Whoever waits for something to become so asks again, see [Cluster].
    static final class NoAnswerException extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        private NoAnswerException(String url, IOException cause) {
            super(url, cause);
        }
    }

    private Http() {}

    /// The status code, or 0 while nobody answers.
    static int status(int port, String path) {
        try {
            return send(port, path).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    static String text(int port, String path) {
        try {
            HttpResponse<String> response = send(port, path);
            if (response.statusCode() != 200) {
                throw new IllegalStateException(path + ": " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new NoAnswerException("http://127.0.0.1:" + port + path, e);
        }
    }

    static JsonNode json(int port, String path) {
        return JSON.readTree(text(port, path));
    }

    static JsonNode parse(String json) {
        return JSON.readTree(json);
    }

    private static HttpResponse<String> send(int port, String path) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(5))
                .header(
                        "Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString(("admin:" + ADMIN_PASSWORD).getBytes(StandardCharsets.UTF_8)))
                .build();
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
