package io.fairlead.systemtests.kubernetes;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fairlead.systemtests.kubernetes.DockerPod.ProbePlan;
import io.fairlead.systemtests.kubernetes.DockerPod.Volume;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes of a pod's specification what `docker run` needs to start the same: image, command, environment, mounts, user,
/// root, capabilities, bounds. Whatever it does not know is an error, so that nothing is silently left out.
///
/// | pod | Docker |
/// | --- | --- |
/// | emptyDir | tmpfs, writable for all as the kubelet makes it |
/// | volume claim, Secret, ConfigMap | volume whose files belong to root and the fsGroup |
/// | limits | `--memory` (no swap), `--cpus` (no more than there are) |
/// | requests | `--memory-reservation`, `--cpu-shares` |
/// | seccomp RuntimeDefault | Docker's default |
/// | spreading, service account | nothing: one machine, no API server |
final class PodTranslation {
    private static final Pattern LABEL = Pattern.compile("metadata\\.labels\\['(.*)']");

    private final Place place;
    private final Map<String, Map<String, String>> configMaps;
    private final Map<String, Map<String, String>> secrets;
    private final int cores;
    private final List<String> options = new ArrayList<>();
    private final Map<String, Volume> volumes = new LinkedHashMap<>();

    /// Volumes of the pod that are no volumes of Docker's: the options of their tmpfs.
    private final Map<String, String> tmpfs = new HashMap<>();

    private final Map<String, Integer> ports = new HashMap<>();

    /// What a pod knows of itself only when it runs.
    ///
    /// @param labels of the pod, those of its node included
    record Place(String name, String namespace, String ip, Map<String, String> labels) {}

    /// @param configMaps by name
    /// @param secrets by name
    /// @param cores of this machine
    PodTranslation(
            Place place,
            Map<String, Map<String, String>> configMaps,
            Map<String, Map<String, String>> secrets,
            int cores) {
        this.place = place;
        this.configMaps = configMaps;
        this.secrets = secrets;
        this.cores = cores;
    }

    /// @param spec of the pod
    /// @param claims templates of volume claims
    /// @throws UntranslatableException if something in it is not known
    DockerPod translate(Map<String, Object> spec, List<Map<String, Object>> claims) {
        Fields pod = new Fields("spec", spec);
        pod.ignore("serviceAccountName", "topologySpreadConstraints");
        pod.expect("automountServiceAccountToken", false);
        pod.expect("enableServiceLinks", false);
        long grace = pod.needNumber("terminationGracePeriodSeconds");
        options.addAll(List.of("--hostname", place.name(), "--ip", place.ip(), "--stop-timeout", Long.toString(grace)));
        long group = user(pod.object("securityContext"));
        claims.forEach(claim -> claim(new Fields("volumeClaimTemplates", claim), group));
        pod.objects("volumes").forEach(volume -> volume(volume, group));
        List<Fields> containers = pod.objects("containers");
        if (containers.size() != 1) {
            throw new UntranslatableException("spec.containers: " + containers.size() + " (expected: one)");
        }
        DockerPod translated = container(containers.getFirst());
        pod.end();
        return translated;
    }

    private long user(Fields security) {
        security.expect("runAsNonRoot", true);
        security.object("seccompProfile").expect("type", "RuntimeDefault");
        security.ignore("fsGroupChangePolicy"); // volumes here are new
        options.add("--user");
        options.add(security.needNumber("runAsUser") + ":" + security.needNumber("runAsGroup"));
        long group = security.needNumber("fsGroup");
        options.addAll(List.of("--group-add", Long.toString(group)));
        return group;
    }

    private void claim(Fields claim, long group) {
        Fields metadata = claim.object("metadata");
        String name = metadata.needText("name");
        metadata.names("labels");
        Fields spec = claim.object("spec");
        spec.texts("accessModes");
        // A bound that Docker's volumes do not have.
        spec.object("resources").object("requests").ignore("storage");
        claim.end();
        volumes.put(name, new Volume(place.name() + "-" + name, group, Map.of(), 0));
    }

    private void volume(Fields volume, long group) {
        String name = volume.needText("name");
        if (volume.has("emptyDir")) {
            String bytes = number(volume.object("emptyDir").needText("sizeLimit"));
            tmpfs.put(name, "rw,exec,size=" + bytes + ",mode=2777,uid=0,gid=" + group);
        } else if (volume.has("secret")) {
            Fields secret = volume.object("secret");
            files(name, "Secret", secret.needText("secretName"), secret, secrets, group);
        } else if (volume.has("configMap")) {
            Fields map = volume.object("configMap");
            files(name, "ConfigMap", map.needText("name"), map, configMaps, group);
        }
    }

    private void files(
            String volume,
            String kind,
            String source,
            Fields fields,
            Map<String, Map<String, String>> sources,
            long group) {
        Map<String, String> files = sources.get(source);
        if (files == null || files.isEmpty()) {
            throw new UntranslatableException(fields.path() + ": " + kind + " " + source + " (expected: to be there)");
        }
        int mode = (int) fields.needNumber("defaultMode");
        volumes.put(volume, new Volume(place.name() + "-" + volume, group, files, mode));
    }

    private DockerPod container(Fields container) {
        container.ignore("name");
        container.expect("imagePullPolicy", "IfNotPresent");
        container.objects("ports").forEach(this::port);
        container
                .objects("envFrom")
                .forEach(from ->
                        configMap(from.object("configMapRef").needText("name")).forEach(this::environment));
        container.objects("env").forEach(variable -> environment(variable.needText("name"), value(variable)));
        container.objects("volumeMounts").forEach(this::mount);
        resources(container.object("resources"));
        security(container.object("securityContext"));
        List<String> command = new ArrayList<>(container.texts("command"));
        List<String> arguments = new ArrayList<>(container.texts("args"));
        if (!command.isEmpty()) {
            options.addAll(List.of("--entrypoint", command.getFirst()));
            arguments.addAll(0, command.subList(1, command.size()));
        }
        arguments.forEach(PodTranslation::refuseExpansion);
        Map<String, ProbePlan> probes = new LinkedHashMap<>();
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            if (container.has(probe)) {
                probes.put(probe, probe(container.object(probe)));
            }
        }
        return new DockerPod(
                place.name(),
                place.labels().getOrDefault("app.kubernetes.io/component", ""),
                place.ip(),
                container.needText("image"),
                List.copyOf(options),
                List.copyOf(arguments),
                List.copyOf(volumes.values()),
                probes);
    }

    private void port(Fields port) {
        int number = (int) port.needNumber("containerPort");
        ports.put(port.needText("name"), number);
        options.addAll(List.of("--expose", Integer.toString(number)));
    }

    private Map<String, String> configMap(String name) {
        Map<String, String> map = configMaps.get(name);
        if (map == null) {
            throw new UntranslatableException("ConfigMap " + name + " (expected: to be there)");
        }
        return map;
    }

    private void environment(String name, String value) {
        refuseExpansion(value);
        options.addAll(List.of("--env", name + "=" + value));
    }

    private String value(Fields variable) {
        if (!variable.has("valueFrom")) {
            return variable.text("value").orElse("");
        }
        Fields from = variable.object("valueFrom");
        if (from.has("configMapKeyRef")) {
            Fields ref = from.object("configMapKeyRef");
            return configMap(ref.needText("name")).getOrDefault(ref.needText("key"), "");
        }
        String field = from.object("fieldRef").needText("fieldPath");
        Matcher label = LABEL.matcher(field);
        if (label.matches()) {
            return place.labels().getOrDefault(label.group(1), "");
        }
        return switch (field) {
            case "metadata.name" -> place.name();
            case "metadata.namespace" -> place.namespace();
            case "status.podIP" -> place.ip();
            default -> throw new UntranslatableException(from.path() + ": " + field);
        };
    }

    private void mount(Fields mount) {
        String name = mount.needText("name");
        String path = mount.needText("mountPath");
        boolean readOnly = mount.text("readOnly").map(Boolean::parseBoolean).orElse(false);
        Volume volume = volumes.get(name);
        if (volume != null) {
            options.addAll(List.of(
                    "--volume", volume.name() + ":" + path + (readOnly || !volume.isClaim() ? ":ro" : ":nocopy")));
        } else if (tmpfs.containsKey(name) && !readOnly) {
            options.addAll(List.of("--tmpfs", path + ":" + tmpfs.get(name)));
        } else {
            throw new UntranslatableException(mount.path() + ": volume " + name);
        }
    }

    private void resources(Fields resources) {
        Fields limits = resources.object("limits");
        String bytes = number(limits.needText("memory"));
        BigDecimal cpus = new BigDecimal(number(limits.needText("cpu")));
        if (cpus.compareTo(BigDecimal.valueOf(cores)) > 0) {
            System.err.println(place.name() + ": " + cpus + " CPUs are more than this machine has, it gets " + cores);
            cpus = BigDecimal.valueOf(cores);
        }
        options.addAll(List.of("--memory", bytes, "--memory-swap", bytes, "--cpus", cpus.toPlainString()));
        Fields requests = resources.object("requests");
        long shares = new BigDecimal(number(requests.needText("cpu")))
                .multiply(BigDecimal.valueOf(1024))
                .longValue();
        options.addAll(List.of(
                "--memory-reservation", number(requests.needText("memory")), "--cpu-shares", Long.toString(shares)));
    }

    private void security(Fields security) {
        security.expect("allowPrivilegeEscalation", false);
        security.expect("readOnlyRootFilesystem", true);
        options.addAll(List.of("--security-opt", "no-new-privileges", "--read-only"));
        security.object("capabilities").texts("drop").forEach(name -> options.addAll(List.of("--cap-drop", name)));
    }

    private ProbePlan probe(Fields probe) {
        probe.ignore("timeoutSeconds");
        long seconds = probe.needNumber("periodSeconds") * probe.needNumber("failureThreshold");
        if (probe.has("exec")) {
            return new ProbePlan("", 0, probe.object("exec").texts("command"), seconds);
        }
        Fields get = probe.object("httpGet");
        String port = get.needText("port");
        if (!ports.containsKey(port)) {
            throw new UntranslatableException(get.path() + ".port: " + port + " (expected: one of " + ports + ")");
        }
        return new ProbePlan(get.needText("path"), ports.get(port), List.of(), seconds);
    }

    private static String number(String quantity) {
        return Quantity.parse(quantity)
                .getNumericalAmount()
                .stripTrailingZeros()
                .toPlainString();
    }

    private static void refuseExpansion(String text) {
        if (text.contains("$(")) {
            throw new UntranslatableException(text + " (expected: no variables, which the kubelet would replace)");
        }
    }
}
