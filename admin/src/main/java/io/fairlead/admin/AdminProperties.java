package io.fairlead.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// The one account of the administration, the same keys in every Fairlead process.
///
/// @param username its name, without a colon
/// @param password 8 to 72 bytes, or the password's hash as `{bcrypt}$2a$...`. None = nobody may administer, and HTTP
///     ports bind to loopback addresses alone
@ConfigurationProperties("fairlead.admin")
record AdminProperties(
        @DefaultValue("admin") String username, @Nullable String password) {
    static final String BCRYPT = "{bcrypt}";

    /// As Spring Security's encoder takes it; any other would fit no password, and nobody could log in.
    private static final Pattern HASH = Pattern.compile("\\$2[aby]?\\$\\d\\d\\$[./0-9A-Za-z]{53}");

    private static final int MIN_BYTES = 8;

    /// BCrypt looks at no more.
    private static final int MAX_BYTES = 72;

    /// @throws IllegalArgumentException if a value is out of its bounds; the password is not shown
    AdminProperties {
        if (username.isBlank() || username.contains(":")) {
            throw new IllegalArgumentException(
                    "fairlead.admin.username: '" + username + "' (expected: a name without a colon)");
        }
        password = password == null || password.isEmpty() ? null : password;
        if (password != null && password.startsWith(BCRYPT)) {
            if (!HASH.matcher(password.substring(BCRYPT.length())).matches()) {
                throw new IllegalArgumentException("fairlead.admin.password: " + BCRYPT
                        + " and no BCrypt hash behind it (expected: " + BCRYPT + "$2a$10$ and 53 characters)");
            }
        } else if (password != null) {
            int bytes = password.getBytes(UTF_8).length;
            if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
                throw new IllegalArgumentException("fairlead.admin.password: " + bytes + " bytes (expected: "
                        + MIN_BYTES + " to " + MAX_BYTES + ", or a hash that begins with " + BCRYPT + ")");
            }
        }
    }

    /// Without the password.
    @Override
    public String toString() {
        return "AdminProperties[username=" + username + ", password=" + (password == null ? "none" : "set") + "]";
    }
}
