package io.fairlead.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.SuiteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the environment says of a suite that something else runs, such as Docker Compose or Kubernetes. A variable
/// of blanks is none.
record Environment(Map<String, String> variables) {
    static final String GATEWAYS = "FAIRLEAD_GATEWAYS";
    static final String PASSWORD = "FAIRLEAD_ADMIN_PASSWORD";
    static final String PASSWORD_FILE = "FAIRLEAD_ADMIN_PASSWORD_FILE";

    /// That of this process.
    static Environment current() {
        return new Environment(System.getenv());
    }

    /// Where its gateways are; empty if nothing is said.
    ///
    /// @throws SuiteException if it is no list of addresses
    List<GatewayAddress> gateways() {
        try {
            return variable(GATEWAYS).map(GatewayAddress::parseAll).orElse(List.of());
        } catch (IllegalArgumentException e) {
            throw new SuiteException(GATEWAYS + ": " + e.getMessage(), e);
        }
    }

    /// The password itself, or else what a file holds, without the newline at its end.
    ///
    /// @throws SuiteException if the file cannot be read or is empty
    Optional<String> adminPassword() {
        return variable(PASSWORD).or(() -> variable(PASSWORD_FILE).map(Environment::content));
    }

    private static String content(String file) {
        String password;
        try {
            password = Files.readString(Path.of(file), UTF_8).replaceFirst("\r?\n\\z", "");
        } catch (IOException | InvalidPathException e) {
            throw new SuiteException(PASSWORD_FILE + ": " + file + " (expected: a file to read): " + e, e);
        }
        if (password.isEmpty()) {
            throw new SuiteException(PASSWORD_FILE + ": " + file + " is empty (expected: the admin's password)");
        }
        return password;
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }
}
