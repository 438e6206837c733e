package io.fairlead.gateway.journal;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where durable messages are kept, `fairlead.gateway.journal.*`.
///
/// @param url of the database: `jdbc:sqlite:FILE` = embedded, for a single gateway;
///     `jdbc:postgresql://HOST/DATABASE` = shared, for several gateways
/// @param username of PostgreSQL
/// @param password of PostgreSQL
/// @param poolSize connections to PostgreSQL, 2 to 64
/// @param keepDone how long messages that have ended well are kept, for questions about them; 0 or more
/// @param keepDoneMax how many of them at most, 0 or more; older ones go first
@ConfigurationProperties("fairlead.gateway.journal")
public record JournalProperties(
        @DefaultValue("jdbc:sqlite:data/gateway-journal.db") String url,
        @Nullable String username,
        @Nullable String password,
        @DefaultValue("6") int poolSize,
        @DefaultValue("1h") Duration keepDone,
        @DefaultValue("100000") long keepDoneMax) {
    static final String SQLITE = "jdbc:sqlite:";
    static final String POSTGRESQL = "jdbc:postgresql:";

    /// @throws IllegalArgumentException if a value is out of its bounds
    public JournalProperties {
        boolean file = url.startsWith(SQLITE) && isFile(url.substring(SQLITE.length()));
        require(
                file || url.startsWith(POSTGRESQL),
                "url",
                withoutCredentials(url),
                "jdbc:sqlite:FILE or jdbc:postgresql://HOST/DATABASE");
        require(poolSize >= 2 && poolSize <= 64, "pool-size", poolSize, "2 to 64");
        require(!keepDone.isNegative(), "keep-done", keepDone, "0 or more");
        require(keepDoneMax >= 0, "keep-done-max", keepDoneMax, "0 or more");
    }

    /// The URL without what may hold a password.
    String place() {
        return withoutCredentials(url);
    }

    /// Without the password.
    @Override
    public String toString() {
        return "JournalProperties[url=" + place() + ", username=" + username + ", password="
                + (password == null ? "none" : "set") + ", poolSize=" + poolSize + ", keepDone=" + keepDone
                + ", keepDoneMax=" + keepDoneMax + "]";
    }

    /// Not a database in memory, nor a URI with options that may switch off what makes it durable.
    private static boolean isFile(String name) {
        return !name.isBlank() && !name.startsWith(":") && !name.startsWith("file:") && name.indexOf('?') < 0;
    }

    private static String withoutCredentials(String url) {
        int options = url.indexOf('?');
        String place = options < 0 ? url : url.substring(0, options);
        return place.replaceFirst("//[^/]*@", "//");
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.journal." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
