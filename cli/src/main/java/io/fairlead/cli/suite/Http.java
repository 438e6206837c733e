package io.fairlead.cli.suite;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Asks a process over HTTP. The JDK's old client, because it starts in a fraction of the new one's
/// time.
final class Http {
    /// A host that is gone says nothing; what takes its time is the answer.
    private static final int MAX_CONNECT_MILLIS = 5_000;

    private Http() {}

    record Answer(int status, String body) {}

    /// @param credentials null where none are asked for
    /// @throws IOException if there is no answer in time
    static Answer get(int port, String path, @Nullable Credentials credentials, int timeoutMillis) throws IOException {
        return ask(
                "GET",
                URI.create("http://127.0.0.1:" + port + path),
                credentials == null ? null : credentials.basic(),
                timeoutMillis);
    }

    /// @param authorization null where none is asked for
    /// @throws IOException if there is no answer in time
    static Answer ask(String method, URI uri, @Nullable String authorization, int timeoutMillis) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setConnectTimeout(Math.min(MAX_CONNECT_MILLIS, timeoutMillis));
        connection.setReadTimeout(timeoutMillis);
        if (authorization != null) {
            connection.setRequestProperty("Authorization", authorization);
        }
        try {
            int status = connection.getResponseCode();
            InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
            return new Answer(status, body == null ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            connection.disconnect();
        }
    }
}
