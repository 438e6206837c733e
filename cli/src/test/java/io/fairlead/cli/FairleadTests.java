package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class FairleadTests {
    @TempDir
    Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void setHome() {
        System.setProperty("fairlead.home", home.toString());
    }

    @AfterEach
    void clearHome() {
        System.clearProperty("fairlead.home");
    }

    private int run(String... arguments) {
        return Fairlead.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void statusOfNothingIsThree() {
        assertThat(run("status")).isEqualTo(3);
        assertThat(out.toString()).contains("nothing is running").contains("./fairlead up");
    }

    @Test
    void statusAsJsonHasBothListsAlways() {
        assertThat(run("status", "-o", "json")).isEqualTo(3);
        assertThat(out.toString().strip()).isEqualTo("{\"processes\":[],\"instances\":[]}");
    }

    @Test
    void downOfNothingIsFine() {
        assertThat(run("down")).isZero();
        assertThat(out.toString()).contains("nothing was running");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--workers=21", "--gateways=0", "--gateways=11", "--registries=0", "--workers=many"})
    void upSaysWhatItExpects(String option) {
        assertThat(run("up", option)).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains(option.substring(0, option.indexOf('=')));
    }

    @Test
    void upWithoutJarsSaysHowToBuildThem() {
        assertThat(run("up")).isEqualTo(1);
        assertThat(err.toString()).containsAnyOf("-app.jar", "in use by another process");
    }

    @ParameterizedTest
    @ValueSource(strings = {"500x", "0s", "-1s", "", "1 h 2"})
    void callSaysWhatATimeLooksLike(String timeout) {
        assertThat(run("call", "echo/echo", "--timeout", timeout)).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("500ms");
    }

    @Test
    void callSaysWhatARouteLooksLike() {
        assertThat(run("call", "echo", "--gateway", "localhost:1")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("service/method");
    }

    @Test
    void aCallWithoutGatewayEndsAtItsDeadline() {
        assertThat(run("call", "echo/echo", "hi", "--timeout", "200ms", "--gateway", "127.0.0.1:1", "-o", "json"))
                .isEqualTo(1);
        assertThat(out.toString()).contains("\"status\":\"DEADLINE_EXCEEDED\"").contains("\"certainlyNotRun\":true");
    }

    @Test
    void aMessageThatIsNotAcknowledgedEndsAtItsDeadline() {
        assertThat(run("send", "orders/place", "{}", "--timeout", "200ms", "--gateway", "127.0.0.1:1", "-o", "json"))
                .isEqualTo(1);
        assertThat(out.toString()).contains("\"status\":\"DEADLINE_EXCEEDED\"").contains("\"certainlyNotRun\":true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"books", "outcome,k-1", "dead", "dead,show,1", "dead,replay,--all"})
    void whatAsksGatewaysSaysThatNoneRuns(String command) {
        assertThat(run(command.split(","))).isEqualTo(1);
        assertThat(err.toString()).contains("no gateway is running", "./fairlead up", "--admin URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway-1:0", "gateway-1,,gateway-2", "http://gateway-1:8080", "gateway-1:8443:1"})
    void demoSaysWhatAGatewayLooksLike(String gateways) {
        assertThat(run("demo", "--gateways", gateways)).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("--gateways", "HOST or HOST:PORT");
    }

    @Test
    void whereGatewaysAreNamedNoCloneIsNeeded() {
        System.clearProperty("fairlead.home");

        assertThat(run("demo", "--gateways", "gateway-1,gateway-2")).isEqualTo(1);
        assertThat(run("books", "--admin", "http://127.0.0.1:1,http://127.0.0.1:2"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("password of admin: none").doesNotContain("fairlead.home");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"dead,show", "dead,replay", "dead,drop", "dead,replay,1,--all", "dead,list,--all", "dead,burn,1"
            })
    void deadSaysWhatItExpects(String command) {
        assertThat(run(command.split(","))).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).containsAnyOf("ID: ", "--all: ", "ACTION");
    }

    @Test
    void withoutCommandItShowsThemAll() {
        assertThat(run()).isZero();
        assertThat(out.toString())
                .contains("demo", "up", "down", "status", "call", "send", "outcome", "dead", "books", "version");
    }

    @Test
    void withoutHomeItPointsToTheLauncher() {
        System.clearProperty("fairlead.home");

        assertThat(run("status")).isEqualTo(1);
        assertThat(err.toString()).contains("./fairlead");
    }
}
