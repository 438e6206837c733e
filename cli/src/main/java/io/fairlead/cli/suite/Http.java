package io.fairlead.cli.suite;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Asks a process of this machine over HTTP. The JDK's old client, because it starts in a fraction of the new one's
/// time.
final class Http {
    private Http() {}

    record Answer(int status, String body) {}

    /// @param credentials null where none are asked for
    /// @throws IOException if there is no answer in time
    static Answer get(int port, String path, @Nullable Credentials credentials, int timeoutMillis) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        connection.setConnectTimeout(timeoutMillis);
        connection.setReadTimeout(timeoutMillis);
        if (credentials != null) {
            connection.setRequestProperty("Authorization", credentials.basic());
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
