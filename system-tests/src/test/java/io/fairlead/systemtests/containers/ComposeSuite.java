package io.fairlead.systemtests.containers;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.HealthState;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.ContainerNetwork;
import io.fairlead.systemtests.nodes.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ComposeContainer;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.wait.strategy.Wait;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The topology of `docker-compose.yml`, from images built of this source, in a compose project of its own: other
/// volumes, and published at a loopback address of its own, so that it stands beside one that a developer runs.
final class ComposeSuite implements AutoCloseable {
    static final String ADDRESS = "127.0.0.75";

    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    private static final int STOP_SECONDS = 60;
    private static final String NETWORK = "fairlead";

    private final Path file = Path.of(System.getProperty("fairlead.root"), "docker-compose.yml")
            .toAbsolutePath()
            .normalize();
    private final DockerClient docker = DockerClientFactory.lazyClient();
    private final ComposeContainer compose;

    ComposeSuite() {
        compose = new ComposeContainer("fairlead", file.toFile())
                .withEnv("FAIRLEAD_PUBLISH", ADDRESS)
                .withPull(false)
                .withBuild(true)
                .withStartupTimeout(START_LIMIT);
        List.of("gateway-1-1", "gateway-2-1", "worker-1", "worker-2", "worker-3")
                .forEach(service ->
                        compose.waitingFor(service, Wait.forHealthcheck().withStartupTimeout(START_LIMIT)));
    }

    void start() {
        compose.start();
    }

    /// A container, by its service and number in it, such as `worker-2` or `gateway-1-1`.
    String container(String service) {
        return compose.getContainerByServiceName(service)
                .orElseThrow(() -> new IllegalStateException("no container " + service))
                .getContainerId();
    }

    InspectContainerResponse inspect(String service) {
        return docker.inspectContainerCmd(container(service)).exec();
    }

    /// SIGKILL. The engine takes it for the operator's will and does not restart the container.
    void kill(String service) {
        docker.killContainerCmd(container(service)).exec();
    }

    /// SIGTERM, the end, and a new start.
    void restart(String service) {
        docker.restartContainerCmd(container(service)).withTimeout(STOP_SECONDS).exec();
    }

    void startAgain(String service) {
        docker.startContainerCmd(container(service)).exec();
    }

    void pause(String service) {
        docker.pauseContainerCmd(container(service)).exec();
    }

    void unpause(String service) {
        docker.unpauseContainerCmd(container(service)).exec();
    }

    /// From the network by which the suite's processes reach each other.
    void disconnect(String service) {
        docker.disconnectFromNetworkCmd()
                .withContainerId(container(service))
                .withNetworkId(network(service))
                .withForce(true)
                .exec();
    }

    void reconnect(String service) {
        docker.connectToNetworkCmd()
                .withContainerId(container(service))
                .withNetworkId(network(service))
                // Compose gave it, and the engine forgets it with the connection.
                .withContainerNetwork(new ContainerNetwork().withAliases(label(service, "com.docker.compose.service")))
                .exec();
    }

    private String network(String service) {
        return project(service) + "_" + NETWORK;
    }

    private String project(String service) {
        return label(service, "com.docker.compose.project");
    }

    private String label(String service, String name) {
        Map<String, String> labels = inspect(service).getConfig().getLabels();
        String value = labels == null ? null : labels.get(name);
        if (value == null) {
            throw new IllegalStateException("container " + service + " has no label " + name + ": " + labels);
        }
        return value;
    }

    /// What compose goes by. It lags: the engine needs three bad checks in a row to take it back.
    boolean isHealthy(String service) {
        return "healthy".equals(health(service).getStatus());
    }

    /// Healthy, and not about to become unhealthy by what happened to it before now: the engine's last check was good,
    /// and so is one that is made now.
    boolean isSteadilyHealthy(String service) {
        HealthState health = health(service);
        return "healthy".equals(health.getStatus())
                && Objects.equals(health.getFailingStreak(), 0)
                && exec(service, "bash", "/app/healthcheck").getExitCode() == 0;
    }

    private HealthState health(String service) {
        return inspect(service).getState().getHealth();
    }

    /// What a program in a container prints, which must succeed.
    String run(String service, String... command) {
        Container.ExecResult result = exec(service, command);
        if (result.getExitCode() != 0) {
            throw new IllegalStateException(service + ": " + Arrays.toString(command) + ": " + result);
        }
        return result.getStdout();
    }

    private Container.ExecResult exec(String service, String... command) {
        try {
            return compose.getContainerByServiceName(service).orElseThrow().execInContainer(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// Runs `docker compose` for this project, as a person would.
    ///
    /// @return what it printed
    /// @throws IllegalStateException if it fails
    String compose(String... arguments) {
        List<String> command = new ArrayList<>(
                List.of("docker", "compose", "--file", file.toString(), "--project-name", project("gateway-1-1")));
        command.addAll(List.of(arguments));
        Path output = Folders.target("compose").resolve("output.txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.environment().put("FAIRLEAD_PUBLISH", ADDRESS);
            Process process = builder.start();
            boolean ended = process.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
            String text = Files.readString(output);
            if (!ended || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(command + (ended ? " failed: " : " did not end: ") + text);
            }
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// The admin's password, as README tells to read it.
    String adminPassword() {
        return run("gateway-1-1", "cat", "/run/secrets/admin/fairlead.admin.password")
                .strip();
    }

    /// Asks an admin page at its published port.
    ///
    /// @throws IllegalStateException if the answer is no success
    JsonNode admin(String method, int port, String path) {
        String account = "admin:" + adminPassword();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + ADDRESS + ":" + port + path))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(account.getBytes(UTF_8)))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
            }
            return JsonMapper.builder().build().readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// The last lines of what every container wrote, for the report of a test that fails.
    String logTails() {
        return compose("logs", "--no-color", "--tail", "40");
    }

    /// Also what was started of profiles, which Testcontainers does not know of.
    @Override
    public void close() {
        try {
            compose("--profile", "observability", "--profile", "tools", "down", "--volumes");
        } finally {
            compose.stop();
        }
    }
}
