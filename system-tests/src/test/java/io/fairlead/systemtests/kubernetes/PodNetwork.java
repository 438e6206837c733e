package io.fairlead.systemtests.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.fairlead.systemtests.kubernetes.DockerPod.ProbePlan;
import io.fairlead.systemtests.kubernetes.DockerPod.Volume;
import io.fairlead.systemtests.nodes.Shell;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.core.ConditionTimeoutException;

/// A network of Docker's with pods in it, and what a kubelet does for them: volumes, start, probes, end. Its addresses
/// are reached from this machine, and nothing in it reaches the outside. All of it is gone after [#close].
final class PodNetwork implements AutoCloseable {
    private static final int FIRST_ADDRESS = 10;
    private static final int TRIES = 20;
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(PROBE_TIMEOUT).build();

    /// Of everything that it makes, and of nothing else on this machine.
    private final String name;

    private final String subnet;
    private final Map<String, DockerPod> pods = new LinkedHashMap<>();
    private final List<String> volumes = new ArrayList<>();
    private int addresses;

    private PodNetwork(String name, String subnet) {
        this.name = name;
        this.subnet = subnet;
    }

    /// @param prefix of names
    static PodNetwork create(String prefix) {
        String refusal = "";
        for (int i = 0; i < TRIES; i++) {
            String subnet = "10.77." + ThreadLocalRandom.current().nextInt(256) + ".";
            String name = prefix + "-"
                    + Integer.toHexString(ThreadLocalRandom.current().nextInt());
            // Refused if others use its addresses.
            Shell.Result made = Shell.attempt(
                    List.of("docker", "network", "create", "--internal", "--subnet", subnet + "0/24", name));
            if (made.exit() == 0) {
                return new PodNetwork(name, subnet);
            }
            refusal = made.output();
        }
        throw new IllegalStateException(refusal);
    }

    /// An address that no other pod has.
    String address() {
        return subnet + (FIRST_ADDRESS + addresses++);
    }

    /// Starts a pod. Returns at once.
    void start(DockerPod pod) {
        for (Volume volume : pod.volumes()) {
            make(volume, pod.image());
        }
        // A kubelet does not heed the image's own health check.
        List<String> command =
                new ArrayList<>(List.of("docker", "run", "--detach", "--pull", "never", "--no-healthcheck"));
        command.addAll(List.of("--name", container(pod.name()), "--network", name));
        for (String option : pod.options()) {
            command.add(
                    pod.volumes().stream().anyMatch(volume -> option.startsWith(volume.name() + ":"))
                            ? name + "-" + option
                            : option);
        }
        // What every pod of a cluster has, and by which Spring Boot knows that it runs in one.
        command.addAll(List.of("--env", "KUBERNETES_SERVICE_HOST=10.96.0.1", "--env", "KUBERNETES_SERVICE_PORT=443"));
        command.add(pod.image());
        command.addAll(pod.arguments());
        // First, so that also one that is made and does not start is removed.
        pods.put(pod.name(), pod);
        Shell.run(command);
    }

    /// As the kubelet makes them: root's, for the group; a Secret's files behind links, so that all change at once.
    private void make(Volume volume, String image) {
        String docker = name + "-" + volume.name();
        Shell.run("docker", "volume", "create", docker);
        volumes.add(docker);
        StringBuilder script = new StringBuilder("set -e; cd /volume; chown 0:" + volume.group() + " .; ");
        if (volume.isClaim()) {
            script.append("chmod 2775 .");
        } else {
            script.append("mkdir ..1; ln -s ..1 ..data; ");
            volume.files()
                    .forEach((file, content) -> script.append("echo %s | base64 -d >..1/%s; chmod %o ..1/%s; "
                                    .formatted(
                                            Base64.getEncoder().encodeToString(content.getBytes(UTF_8)),
                                            file,
                                            volume.mode(),
                                            file))
                            .append("chown 0:%s ..1/%s; ln -s ..data/%s %s; "
                                    .formatted(volume.group(), file, file, file)));
        }
        Shell.run(
                "docker",
                "run",
                "--rm",
                "--pull",
                "never",
                "--network",
                "none",
                "--user",
                "0:0",
                "--volume",
                docker + ":/volume",
                "--entrypoint",
                "bash",
                image,
                "-c",
                script.toString());
    }

    /// Waits until a probe succeeds, as long as the manifest gives it.
    void awaitProbe(DockerPod pod, String probe) {
        ProbePlan plan = pod.probes().get(probe);
        try {
            await().atMost(Duration.ofSeconds(plan.seconds()))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> isRunning(pod) && answers(pod, plan));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(pod.name() + ": " + probe + " fails for " + plan.seconds() + " s\n" + log(pod), e);
        }
    }

    private boolean answers(DockerPod pod, ProbePlan plan) {
        if (plan.path().isEmpty()) {
            List<String> command = new ArrayList<>(List.of("docker", "exec", container(pod.name())));
            command.addAll(plan.command());
            return Shell.attempt(command).exit() == 0;
        }
        try {
            return get(pod, plan.port(), plan.path()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /// @throws IOException while it does not answer
    HttpResponse<String> get(DockerPod pod, int port, String path) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + pod.ip() + ":" + port + path))
                .timeout(PROBE_TIMEOUT)
                .build();
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Tells it to end, and kills it after its grace period.
    ///
    /// @return its exit code; 137 if it was killed
    int stop(DockerPod pod) {
        Shell.run("docker", "stop", container(pod.name()));
        return Integer.parseInt(
                Shell.run("docker", "inspect", "--format", "{{.State.ExitCode}}", container(pod.name())));
    }

    String log(DockerPod pod) {
        return Shell.attempt(List.of("docker", "logs", "--tail", "60", container(pod.name())))
                .output();
    }

    /// The ends of all logs.
    String logs() {
        StringBuilder logs = new StringBuilder();
        pods.values()
                .forEach(pod -> logs.append("--- ")
                        .append(pod.name())
                        .append('\n')
                        .append(log(pod))
                        .append('\n'));
        return logs.toString();
    }

    private boolean isRunning(DockerPod pod) {
        String state = Shell.run("docker", "inspect", "--format", "{{.State.Status}}", container(pod.name()));
        if (!state.equals("running")) {
            throw new AssertionError(pod.name() + " is " + state + "\n" + log(pod));
        }
        return true;
    }

    private String container(String pod) {
        return name + "-" + pod;
    }

    @Override
    public void close() {
        pods.keySet().forEach(pod -> Shell.attempt(List.of("docker", "rm", "--force", "--volumes", container(pod))));
        volumes.forEach(volume -> Shell.attempt(List.of("docker", "volume", "rm", "--force", volume)));
        Shell.attempt(List.of("docker", "network", "rm", name));
    }
}
