package io.fairlead.systemtests.kubernetes;

import io.fairlead.systemtests.nodes.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/// Makes manifests of the folders in `k8s`, by the kustomize in kubectl or by itself.
final class Kustomize {
    static final Path ROOT =
            Path.of(System.getProperty("fairlead.root", ".."), "k8s").normalize();

    private static final List<List<String>> COMMANDS =
            List.of(List.of("kubectl", "kustomize"), List.of("kustomize", "build"));

    private static final String MISSING =
            "neither kubectl nor kustomize is on the PATH: the Kubernetes manifests are not tested";

    private Kustomize() {}

    /// Skips the tests, in one line, where there is none; lets them fail where FAIRLEAD_REQUIRE_CONTAINERS=true
    /// says that they must run.
    static void need() {
        if (command() != null) {
            return;
        }
        if (Boolean.parseBoolean(System.getenv("FAIRLEAD_REQUIRE_CONTAINERS"))) {
            throw new IllegalStateException(MISSING);
        }
        System.err.println(MISSING);
        Assumptions.abort(MISSING);
    }

    /// @param overlay name of a folder in `k8s/overlays`
    static List<Manifest> overlay(String overlay) {
        return Manifest.parse(yaml(overlay));
    }

    /// The same as text.
    static String yaml(String overlay) {
        return build(ROOT.resolve("overlays").resolve(overlay));
    }

    /// An overlay with a component, as a user adds one.
    ///
    /// @param folder an empty one, for the user's kustomization
    /// @param more lines of the kustomization
    static List<Manifest> overlayWith(String overlay, String component, Path folder, String more) {
        try {
            // kustomize takes no absolute paths.
            Path from = folder.toRealPath();
            Path root = ROOT.toRealPath();
            return kustomization(folder, """
                    apiVersion: kustomize.config.k8s.io/v1beta1
                    kind: Kustomization
                    namespace: %s
                    resources:
                      - %s
                    components:
                      - %s
                    %s
                    """.formatted(
                            "production".equals(overlay) ? "fairlead" : "fairlead-" + overlay,
                            from.relativize(root.resolve("overlays").resolve(overlay)),
                            from.relativize(root.resolve("components").resolve(component)),
                            more));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What a kustomization makes.
    ///
    /// @param folder an empty one, for it
    static List<Manifest> kustomization(Path folder, String yaml) throws IOException {
        Files.writeString(folder.resolve("kustomization.yaml"), yaml);
        return Manifest.parse(build(folder));
    }

    /// The names of the folders in a folder of `k8s`.
    static List<String> folders(String of) {
        try (Stream<Path> folders = Files.list(ROOT.resolve(of))) {
            return folders.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String build(Path folder) {
        List<String> command = command();
        if (command == null) {
            throw new IllegalStateException(MISSING);
        }
        return Shell.run(
                Stream.concat(command.stream(), Stream.of(folder.toString())).toList());
    }

    private static @Nullable List<String> command() {
        return COMMANDS.stream()
                .filter(command -> onPath(command.getFirst()))
                .findFirst()
                .orElse(null);
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
