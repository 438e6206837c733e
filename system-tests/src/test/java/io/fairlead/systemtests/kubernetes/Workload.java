package io.fairlead.systemtests.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A Deployment or a StatefulSet.
///
/// @param replicas empty where an autoscaler decides
/// @param serviceName of a StatefulSet, else empty
record Workload(
        Manifest manifest,
        LabelSelector selector,
        PodTemplateSpec template,
        Optional<Integer> replicas,
        String serviceName,
        List<PersistentVolumeClaim> claims) {
    static List<Workload> of(List<Manifest> manifests) {
        return manifests.stream().flatMap(Workload::of).toList();
    }

    private static Stream<Workload> of(Manifest manifest) {
        return switch (manifest.object()) {
            case Deployment deployment ->
                Stream.of(new Workload(
                        manifest,
                        deployment.getSpec().getSelector(),
                        deployment.getSpec().getTemplate(),
                        Optional.ofNullable(deployment.getSpec().getReplicas()),
                        "",
                        List.of()));
            case StatefulSet set ->
                Stream.of(new Workload(
                        manifest,
                        set.getSpec().getSelector(),
                        set.getSpec().getTemplate(),
                        Optional.ofNullable(set.getSpec().getReplicas()),
                        set.getSpec().getServiceName(),
                        set.getSpec().getVolumeClaimTemplates()));
            default -> Stream.empty();
        };
    }

    String name() {
        return manifest.name();
    }

    String title() {
        return manifest.title();
    }

    Map<String, String> labels() {
        return template.getMetadata().getLabels();
    }

    PodSpec pod() {
        return template.getSpec();
    }

    boolean hasPort(String name) {
        return pod().getContainers().stream()
                .map(Container::getPorts)
                .flatMap(List::stream)
                .anyMatch(port -> name.equals(port.getName()));
    }

    /// Whether its pods are selected; an empty selector selects all.
    boolean isSelectedBy(LabelSelector by) {
        return Optional.ofNullable(by.getMatchLabels()).orElse(Map.of()).entrySet().stream()
                        .allMatch(label -> label.getValue().equals(labels().get(label.getKey())))
                && by.getMatchExpressions().stream().allMatch(expression -> switch (expression.getOperator()) {
                    case "In" -> expression.getValues().contains(labels().get(expression.getKey()));
                    default -> throw new IllegalArgumentException("operator: " + expression.getOperator());
                });
    }

    boolean isSelectedBy(Map<String, String> by) {
        return labels().entrySet().containsAll(by.entrySet());
    }
}
