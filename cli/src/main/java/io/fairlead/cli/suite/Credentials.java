package io.fairlead.cli.suite;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// What one suite alone knows: made when it starts, kept in its state file, and handed to its processes by their
/// environment, because `ps` shows everybody the arguments.
///
/// @param secret by which its processes know each other
/// @param adminPassword of the account [#ADMIN]
public record Credentials(String secret, String adminPassword) {
    /// The account's name.
    public static final String ADMIN = "admin";

    private static final int SECRET_BYTES = 32;
    private static final int PASSWORD_BYTES = 18;

    static Credentials generate(SecureRandom random) {
        return new Credentials(text(random, SECRET_BYTES), text(random, PASSWORD_BYTES));
    }

    private static String text(SecureRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// The variables of a service's process. A worker has no admin pages and is not told the password.
    Map<String, String> environment(Service service) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("FAIRLEAD_SECRET", secret);
        if (service != Service.WORKER) {
            environment.put("FAIRLEAD_ADMIN_PASSWORD", adminPassword);
        }
        return environment;
    }

    /// The value of HTTP's `Authorization`.
    String basic() {
        return basic(ADMIN, adminPassword);
    }

    /// The same for any account.
    static String basic(String user, String password) {
        byte[] account = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(account);
    }

    @Override
    public String toString() {
        return "Credentials[hidden]";
    }
}
