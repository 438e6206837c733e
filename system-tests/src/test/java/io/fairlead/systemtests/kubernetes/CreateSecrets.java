package io.fairlead.systemtests.kubernetes;

import static java.util.stream.Collectors.toMap;

import io.fabric8.kubernetes.api.model.Secret;
import io.fairlead.systemtests.nodes.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/// Runs `k8s/create-secrets` with a kubectl of our own, which keeps what it is given.
final class CreateSecrets {
    private final Path folder;

    /// @param folder an empty one
    CreateSecrets(Path folder) {
        this.folder = folder;
    }

    /// What each secret holds, by its name.
    ///
    /// @param existing names that the cluster has already
    Map<String, Map<String, String>> run(String... existing) {
        Path made = folder.resolve("made.yaml");
        Path kubectl = folder.resolve("kubectl");
        try {
            Files.writeString(made, "");
            Files.writeString(kubectl, """
                    #!/bin/sh
                    echo "$*" >>"%1$s/arguments"
                    case "$*" in
                      *'get secret '*) for name in %2$s; do case "$*" in *"secret $name "*) echo "$name" ;; esac; done ;;
                      *'create --filename -'*) { cat; echo ---; } >>"%1$s/made.yaml" ;;
                    esac
                    """.formatted(folder, String.join(" ", existing)));
            Files.setPosixFilePermissions(kubectl, PosixFilePermissions.fromString("rwx------"));
            Shell.run(
                    "env",
                    "PATH=" + folder + ":" + System.getenv("PATH"),
                    Kustomize.ROOT.resolve("create-secrets").toString(),
                    "some-namespace");
            String yaml = Files.readString(made);
            List<Manifest> secrets =
                    yaml.isEmpty() ? List.of() : Manifest.parse(yaml.substring(0, yaml.lastIndexOf("---")));
            return secrets.stream()
                    .collect(toMap(Manifest::name, secret -> ((Secret) secret.object()).getStringData()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What kubectl was called with.
    String arguments() {
        try {
            return Files.readString(folder.resolve("arguments"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
