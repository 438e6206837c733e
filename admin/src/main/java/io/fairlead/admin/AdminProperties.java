package io.fairlead.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

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
        if (password != null && !password.startsWith(BCRYPT)) {
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
