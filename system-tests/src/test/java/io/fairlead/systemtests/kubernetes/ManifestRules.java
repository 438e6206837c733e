package io.fairlead.systemtests.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// What must hold between the documents of an overlay, which no schema says: names and labels that one of them writes
/// and another one reads.
final class ManifestRules {
    /// Labels that pods of others carry to be let in.
    private static final Set<String> DOORS = Set.of("fairlead.io/admin", "fairlead.io/client");

    private final List<Manifest> manifests;
    private final List<Workload> workloads;
    private final Map<String, Set<String>> secrets;
    private final Map<String, Map<String, String>> configMaps = new HashMap<>();
    private final List<String> faults = new ArrayList<>();

    private ManifestRules(List<Manifest> manifests, Map<String, Set<String>> secrets) {
        this.manifests = manifests;
        this.workloads = Workload.of(manifests);
        this.secrets = secrets;
        of(ConfigMap.class).forEach(map -> configMaps.put(map.getMetadata().getName(), map.getData()));
    }

    /// @param secrets that are made beside the manifests: their keys by their name
    /// @return what is wrong
    static List<String> check(List<Manifest> manifests, Map<String, Set<String>> secrets) {
        ManifestRules rules = new ManifestRules(manifests, secrets);
        rules.documents();
        rules.workloads.forEach(workload -> {
            rules.faults.addAll(PodRules.check(workload));
            rules.workload(workload);
            rules.scaling(workload);
        });
        rules.of(Service.class).forEach(rules::service);
        rules.of(PodDisruptionBudget.class)
                .forEach(budget -> rules.selects(
                        "PodDisruptionBudget " + budget.getMetadata().getName(),
                        budget.getSpec().getSelector()));
        rules.of(HorizontalPodAutoscaler.class).forEach(rules::autoscaler);
        rules.of(NetworkPolicy.class).forEach(rules::policy);
        return rules.faults;
    }

    /// The environment of a workload's first container as far as it is written: literals and ConfigMaps.
    static Map<String, String> environment(Workload workload, List<Manifest> manifests) {
        return new ManifestRules(manifests, Map.of())
                .environment(workload.pod().getContainers().getFirst());
    }

    private void documents() {
        Set<String> titles = new HashSet<>();
        manifests.forEach(manifest -> rule(titles.add(manifest.title()), manifest.title(), "only once"));
        List<Namespace> namespaces = of(Namespace.class).toList();
        rule(namespaces.size() == 1, "Namespaces: " + namespaces.size(), "one");
        for (Namespace namespace : namespaces) {
            String name = namespace.getMetadata().getName();
            rule(
                    "restricted".equals(namespace.getMetadata().getLabels().get("pod-security.kubernetes.io/enforce")),
                    "Namespace " + name,
                    "pod-security.kubernetes.io/enforce: restricted");
            manifests.stream()
                    .filter(manifest -> !(manifest.object() instanceof Namespace))
                    .forEach(manifest -> rule(
                            name.equals(manifest.object().getMetadata().getNamespace()),
                            manifest.title(),
                            "namespace " + name));
        }
        manifests.forEach(manifest -> rule(
                !manifest.kind().equals("Secret"), manifest.title(), "no secrets in files, see k8s/create-secrets"));
        of(ServiceAccount.class)
                .forEach(account -> rule(
                        Boolean.FALSE.equals(account.getAutomountServiceAccountToken()),
                        "ServiceAccount " + account.getMetadata().getName(),
                        "automountServiceAccountToken: false"));
        rule(
                of(NetworkPolicy.class)
                        .anyMatch(policy -> policy.getSpec().getPodSelector().equals(new LabelSelector())
                                && policy.getSpec().getIngress().isEmpty()
                                && policy.getSpec().getEgress().isEmpty()
                                && policy.getSpec().getPolicyTypes().equals(List.of("Ingress", "Egress"))),
                "NetworkPolicies",
                "one that denies everything to everybody");
    }

    private void workload(Workload workload) {
        String title = workload.title();
        rule(workload.isSelectedBy(workload.selector()), title, "a selector that its pods' labels match");
        rule(
                of(ServiceAccount.class)
                        .anyMatch(account -> account.getMetadata()
                                .getName()
                                .equals(workload.pod().getServiceAccountName())),
                title + ": ServiceAccount " + workload.pod().getServiceAccountName(),
                "to be there");
        rule(
                workload.serviceName().isEmpty()
                        || of(Service.class)
                                .anyMatch(service -> service.getMetadata()
                                                .getName()
                                                .equals(workload.serviceName())
                                        && "None".equals(service.getSpec().getClusterIP())
                                        && workload.isSelectedBy(
                                                service.getSpec().getSelector())),
                title + ": serviceName " + workload.serviceName(),
                "a headless Service of its pods");
        for (TopologySpreadConstraint spread : workload.pod().getTopologySpreadConstraints()) {
            rule(workload.isSelectedBy(spread.getLabelSelector()), title, "to be spread among its own pods");
        }
        Set<String> volumes = new HashSet<>();
        workload.claims().forEach(claim -> volumes.add(claim.getMetadata().getName()));
        for (Volume volume : workload.pod().getVolumes()) {
            volumes.add(volume.getName());
            if (volume.getSecret() != null) {
                rule(
                        secrets.containsKey(volume.getSecret().getSecretName()),
                        title + ": Secret " + volume.getSecret().getSecretName(),
                        "one of create-secrets, " + secrets.keySet());
            }
        }
        for (Container container : workload.pod().getContainers()) {
            for (VolumeMount mount : container.getVolumeMounts()) {
                rule(volumes.contains(mount.getName()), title + ": volume " + mount.getName(), "to be there");
            }
            references(title, container);
        }
    }

    private void references(String title, Container container) {
        for (EnvFromSource from : container.getEnvFrom()) {
            String name = from.getConfigMapRef().getName();
            rule(configMaps.containsKey(name), title + ": ConfigMap " + name, "to be there");
        }
        for (EnvVar variable : container.getEnv()) {
            if (variable.getValueFrom() != null && variable.getValueFrom().getConfigMapKeyRef() != null) {
                var ref = variable.getValueFrom().getConfigMapKeyRef();
                rule(
                        configMaps.getOrDefault(ref.getName(), Map.of()).containsKey(ref.getKey()),
                        title + ": ConfigMap " + ref.getName() + ", key " + ref.getKey(),
                        "to be there");
            }
        }
    }

    private Map<String, String> environment(Container container) {
        Map<String, String> environment = new HashMap<>();
        container
                .getEnvFrom()
                .forEach(from -> environment.putAll(
                        configMaps.getOrDefault(from.getConfigMapRef().getName(), Map.of())));
        container.getEnv().forEach(variable -> environment.put(variable.getName(), variable.getValue()));
        return environment;
    }

    /// A journal in a file belongs to one gateway: whoever scales that one away leaves messages behind.
    private void scaling(Workload workload) {
        boolean several = workload.replicas().orElse(2) > 1;
        Map<String, String> environment =
                environment(workload.pod().getContainers().getFirst());
        rule(
                !several
                        || !workload.name().equals("gateway")
                        || environment
                                .getOrDefault("FAIRLEAD_GATEWAY_JOURNAL_URL", "jdbc:sqlite:")
                                .startsWith("jdbc:postgresql:"),
                workload.title() + ": several, or scaled, with a journal in SQLite",
                "a journal in PostgreSQL");
    }

    private void service(Service service) {
        String title = "Service " + service.getMetadata().getName();
        List<Workload> selected = workloads.stream()
                .filter(workload -> workload.isSelectedBy(service.getSpec().getSelector()))
                .toList();
        rule(!selected.isEmpty(), title, "a selector that selects pods");
        for (ServicePort port : service.getSpec().getPorts()) {
            String target = String.valueOf(port.getTargetPort().getValue());
            selected.forEach(workload ->
                    rule(workload.hasPort(target), title + ": targetPort " + target, "a port of " + workload.title()));
        }
    }

    private void autoscaler(HorizontalPodAutoscaler scaler) {
        var target = scaler.getSpec().getScaleTargetRef();
        String title = "HorizontalPodAutoscaler " + scaler.getMetadata().getName();
        List<Workload> targets = workloads.stream()
                .filter(workload -> workload.title().equals(target.getKind() + " " + target.getName())
                        && workload.manifest().object().getApiVersion().equals(target.getApiVersion()))
                .toList();
        rule(targets.size() == 1, title + ": " + target.getKind() + " " + target.getName(), "to be there");
        targets.forEach(workload ->
                rule(workload.replicas().isEmpty(), workload.title(), "no replicas, which " + title + " decides"));
        rule(scaler.getSpec().getBehavior().getScaleDown() != null, title, "a behaviour for going down");
    }

    private void policy(NetworkPolicy policy) {
        String title = "NetworkPolicy " + policy.getMetadata().getName();
        LabelSelector subject = policy.getSpec().getPodSelector();
        selects(title, subject);
        policy.getSpec().getIngress().forEach(rule -> {
            rule.getFrom().forEach(peer -> peer(title, peer));
            rule.getPorts().forEach(port -> port(title, port, List.of(subject)));
        });
        policy.getSpec().getEgress().forEach(rule -> {
            rule.getTo().forEach(peer -> peer(title, peer));
            List<LabelSelector> targets = rule.getTo().stream()
                    .filter(peer -> peer.getNamespaceSelector() == null && peer.getPodSelector() != null)
                    .map(NetworkPolicyPeer::getPodSelector)
                    .toList();
            rule.getPorts().forEach(port -> port(title, port, targets));
        });
    }

    private void peer(String title, NetworkPolicyPeer peer) {
        if (peer.getNamespaceSelector() == null && peer.getPodSelector() != null) {
            selects(title, peer.getPodSelector());
        }
    }

    private void port(String title, NetworkPolicyPort port, List<LabelSelector> of) {
        if (port.getPort().getStrVal() == null) {
            return;
        }
        String name = port.getPort().getStrVal();
        for (LabelSelector selector : of) {
            workloads.stream()
                    .filter(workload -> workload.isSelectedBy(selector))
                    .forEach(workload ->
                            rule(workload.hasPort(name), title + ": port " + name, "a port of " + workload.title()));
        }
    }

    private void selects(String title, LabelSelector selector) {
        boolean door = selector.getMatchLabels() != null
                && DOORS.containsAll(selector.getMatchLabels().keySet())
                && !selector.getMatchLabels().isEmpty();
        rule(
                door || workloads.stream().anyMatch(workload -> workload.isSelectedBy(selector)),
                title + ": " + selector.getMatchLabels(),
                "a selector that selects pods");
    }

    private <T> Stream<T> of(Class<T> type) {
        return manifests.stream().map(Manifest::object).filter(type::isInstance).map(type::cast);
    }

    private void rule(boolean holds, String what, String expected) {
        if (!holds) {
            faults.add(what + " (expected: " + expected + ")");
        }
    }
}
