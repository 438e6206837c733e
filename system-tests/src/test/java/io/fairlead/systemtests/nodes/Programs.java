package io.fairlead.systemtests.nodes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What follows `java` and its flags on command lines.
public final class Programs {
    private Programs() {}

    /// A class of the tests.
    public static List<String> ofTests(Class<?> main, String... arguments) {
        List<String> program = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        program.addAll(List.of(arguments));
        return program;
    }

    /// A service as the build has packed it.
    ///
    /// @param properties of Spring, `name=value`
    public static List<String> jar(String module, String artifact, String... properties) {
        Path jar = Path.of(System.getProperty("fairlead.root"))
                .normalize()
                .resolve(Path.of(
                        module, "target", artifact + "-" + System.getProperty("fairlead.version") + "-app.jar"));
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(jar + " is missing: run mvn package in the root folder");
        }
        List<String> program = new ArrayList<>(List.of("-jar", jar.toString()));
        Stream.of(properties).forEach(property -> program.add("--" + property));
        return program;
    }
}
