package io.fairlead.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerConditionTests {
    private static final String NO_ENGINE = "no Docker Engine answers (docker info): container tests are skipped";

    @TempDir
    Path directory;

    @Test
    void nothingIsMissingWhereTheEngineAnswersAndHasTheImages() throws IOException {
        assertThat(docker("echo 7d2a").missing("here", "there:1")).isEmpty();
    }

    @Test
    void theEngineIsMissingWhereItsProgramIsNotInstalled() {
        assertThat(new DockerEngine("/nowhere/docker").missing())
                .hasValue("no Docker Engine answers (/nowhere/docker info): container tests are skipped");
    }

    @Test
    void theEngineIsMissingWhereItDoesNotAnswer() throws IOException {
        assertThat(docker("echo Client: 28; exit 1").missing("here"))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("no Docker Engine answers"));
    }

    @Test
    void imagesThatTheEngineDoesNotHaveAreNamed() throws IOException {
        DockerEngine docker = docker("case $1$4 in info | imagehere) echo 7d2a; esac");

        assertThat(docker.missing("here", "there:1"))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("no image there:1 ("));
        assertThat(docker.missing("here")).isEmpty();
    }

    @Test
    void theEngineIsAskedOnce() throws IOException {
        DockerEngine docker = docker("echo asked | tee -a \"$(dirname \"$0\")\"/log");

        docker.missing();
        docker.missing();

        assertThat(directory.resolve("log")).hasContent("asked");
    }

    @Test
    void aTestIsSkippedWithTheReason() {
        assertThat(ContainerCondition.decide(Optional.of(NO_ENGINE), false)).satisfies(result -> {
            assertThat(result.isDisabled()).isTrue();
            assertThat(result.getReason()).hasValue(NO_ENGINE);
        });
    }

    @Test
    void aTestFailsWhereContainersAreRequired() {
        assertThatThrownBy(() -> ContainerCondition.decide(Optional.of(NO_ENGINE), true))
                .hasMessage(NO_ENGINE + ", which FAIRLEAD_REQUIRE_CONTAINERS=true forbids");
    }

    @Test
    void aTestRunsWhereNothingIsMissing() {
        assertThat(ContainerCondition.decide(Optional.empty(), true).isDisabled())
                .isFalse();
    }

    /// Stands in for the program `docker`.
    private DockerEngine docker(String script) throws IOException {
        Path program = directory.resolve("docker");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new DockerEngine(program.toString());
    }
}
