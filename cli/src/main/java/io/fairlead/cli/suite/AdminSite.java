package io.fairlead.cli.suite;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The REST admin of one gateway, and the account for it.
public final class AdminSite {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int TIMEOUT_MILLIS = 30_000;

    private final String name;
    private final URI url;
    private final @Nullable String authorization;

    private AdminSite(String name, URI url, @Nullable String authorization) {
        this.name = name;
        this.url = url;
        this.authorization = authorization;
    }

    /// A gateway somewhere.
    ///
    /// @param url such as `http://gateway-1:8080`
    /// @throws IllegalArgumentException if the URL is malformed
    public static AdminSite at(String url, String user, String password) {
        URI parsed = URI.create(url);
        if (parsed.getHost() == null || !List.of("http", "https").contains(String.valueOf(parsed.getScheme()))) {
            throw new IllegalArgumentException("--admin: " + url + " (expected: http://HOST:PORT)");
        }
        String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        return new AdminSite(parsed.getAuthority(), URI.create(base), Credentials.basic(user, password));
    }

    /// A gateway whose ports are known.
    public static AdminSite of(GatewayAddress gateway, String user, String password) {
        return new AdminSite(gateway.toString(), gateway.admin(), Credentials.basic(user, password));
    }

    /// The gateways of a suite that run.
    public static List<AdminSite> of(SuiteState suite) {
        Credentials credentials = suite.credentials();
        return suite.running(Service.GATEWAY).stream()
                .map(gateway -> new AdminSite(
                        gateway.name(),
                        URI.create("http://127.0.0.1:" + gateway.port("http")),
                        credentials == null ? null : credentials.basic()))
                .toList();
    }

    /// For people.
    public String name() {
        return name;
    }

    /// Query parameters, those without a value left out.
    public static String query(Map<String, ?> parameters) {
        String joined = parameters.entrySet().stream()
                .filter(entry -> entry.getValue() != null)
                .map(entry -> entry.getKey() + "=" + encoded(String.valueOf(entry.getValue())))
                .collect(Collectors.joining("&"));
        return joined.isEmpty() ? "" : "?" + joined;
    }

    /// A part of a path.
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// @throws AdminRefusal if it does not answer with what was asked for
    public JsonNode get(String path) {
        return ask("GET", path);
    }

    /// @throws AdminRefusal if it does not answer with what was asked for
    public JsonNode post(String path) {
        return ask("POST", path);
    }

    private JsonNode ask(String method, String path) {
        Http.Answer answer;
        try {
            answer = Http.ask(method, URI.create(url + path), authorization, TIMEOUT_MILLIS);
        } catch (IOException e) {
            throw new AdminRefusal(0, name + " does not answer at " + url + ": " + e.getMessage(), e);
        }
        if (answer.status() >= 400) {
            throw new AdminRefusal(answer.status(), name + ": " + detail(answer), null);
        }
        try {
            return JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw new AdminRefusal(answer.status(), name + " answers " + path + " with what is no JSON", e);
        }
    }

    private static String detail(Http.Answer answer) {
        if (answer.status() == 401) {
            return "401, wrong user or password";
        }
        try {
            String detail = JSON.readTree(answer.body()).path("detail").asString("");
            if (!detail.isEmpty()) {
                return detail;
            }
        } catch (JacksonException e) {
            // Said as it is.
        }
        return answer.status() + " " + answer.body();
    }
}
