package io.fairlead.systemtests.kubernetes;

import static java.util.stream.Collectors.toMap;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The pods that a cluster would make of manifests at first, and the names under which they find each other.
final class PodPlan {
    private final List<Manifest> manifests;
    private final String namespace;

    PodPlan(List<Manifest> manifests) {
        this.manifests = manifests;
        this.namespace = manifests.stream()
                .filter(manifest -> manifest.kind().equals("Namespace"))
                .map(Manifest::name)
                .findFirst()
                .orElseThrow();
    }

    /// Makes them in the order of their workloads.
    ///
    /// @param secrets by name
    /// @param nodeLabels labels that pods get from their node
    /// @param addresses gives each pod its own
    List<DockerPod> pods(
            Map<String, Map<String, String>> secrets, Map<String, String> nodeLabels, Supplier<String> addresses) {
        List<DockerPod> pods = new ArrayList<>();
        for (Workload workload : Workload.of(manifests)) {
            Map<String, Object> spec = object(workload.manifest().tree(), "spec");
            for (int i = 0; i < replicas(workload); i++) {
                Map<String, String> labels = new HashMap<>(nodeLabels);
                labels.putAll(workload.labels());
                String name = workload.name()
                        + (workload.serviceName().isEmpty() ? "-7d9c5b8f64-" + (char) ('b' + i) + "2x4z" : "-" + i);
                DockerPod pod = new PodTranslation(
                                new PodTranslation.Place(name, namespace, addresses.get(), labels),
                                configMaps(),
                                secrets,
                                Runtime.getRuntime().availableProcessors())
                        .translate(object(object(spec, "template"), "spec"), claims(spec));
                pods.add(pod.with(names(workload, name).stream()
                        .flatMap(alias -> Stream.of("--network-alias", alias))
                        .toList()));
            }
        }
        return pods;
    }

    Map<String, Map<String, String>> configMaps() {
        return manifests.stream()
                .map(Manifest::object)
                .filter(ConfigMap.class::isInstance)
                .map(ConfigMap.class::cast)
                .collect(toMap(map -> map.getMetadata().getName(), ConfigMap::getData));
    }

    /// An autoscaler begins with its least.
    private int replicas(Workload workload) {
        return workload.replicas()
                .orElseGet(() -> manifests.stream()
                        .map(Manifest::object)
                        .filter(HorizontalPodAutoscaler.class::isInstance)
                        .map(scaler -> ((HorizontalPodAutoscaler) scaler).getSpec())
                        .filter(scaler -> scaler.getScaleTargetRef().getName().equals(workload.name()))
                        .mapToInt(scaler -> scaler.getMinReplicas())
                        .findFirst()
                        .orElse(1));
    }

    /// What the cluster's DNS answers with this pod. For a Service with an address of its own that is one of its pods,
    /// as it would be behind that address.
    private List<String> names(Workload workload, String pod) {
        return manifests.stream()
                .map(Manifest::object)
                .filter(Service.class::isInstance)
                .map(Service.class::cast)
                .filter(service -> workload.isSelectedBy(service.getSpec().getSelector()))
                .map(service -> service.getMetadata().getName())
                .flatMap(service -> service.equals(workload.serviceName())
                        ? Stream.of(service, pod + "." + service)
                        : Stream.of(service))
                .flatMap(name -> Stream.of("", ".%s", ".%s.svc", ".%s.svc.cluster.local")
                        .map(suffix -> name + suffix.formatted(namespace)))
                .toList();
    }

    @SuppressWarnings("unchecked") // keys of objects are strings
    private static Map<String, Object> object(Map<String, Object> tree, String name) {
        return (Map<String, Object>) tree.get(name);
    }

    @SuppressWarnings("unchecked") // templates are objects
    private static List<Map<String, Object>> claims(Map<String, Object> spec) {
        return (List<Map<String, Object>>) spec.getOrDefault("volumeClaimTemplates", List.of());
    }
}
