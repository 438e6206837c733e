package io.fairlead.systemtests.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What holds for each pod, whatever else there is: the restricted pod security and more, probes, and bounds.
final class PodRules {
    private final List<String> faults = new ArrayList<>();

    private PodRules() {}

    /// @return what is wrong
    static List<String> check(Workload workload) {
        PodRules rules = new PodRules();
        rules.pod(workload.title(), workload.pod());
        workload.pod().getContainers().forEach(container -> rules.container(workload, container));
        return rules.faults;
    }

    private void pod(String title, PodSpec pod) {
        rule(Boolean.FALSE.equals(pod.getAutomountServiceAccountToken()), title, "automountServiceAccountToken: false");
        rule(Boolean.FALSE.equals(pod.getEnableServiceLinks()), title, "enableServiceLinks: false");
        rule(pod.getServiceAccountName() != null, title, "a serviceAccountName of its own");
        rule(pod.getTerminationGracePeriodSeconds() != null, title, "terminationGracePeriodSeconds");
        rule(
                pod.getHostNetwork() == null && pod.getHostPID() == null && pod.getHostIPC() == null,
                title,
                "nothing of the host's");
        PodSecurityContext security =
                Optional.ofNullable(pod.getSecurityContext()).orElseGet(PodSecurityContext::new);
        rule(Boolean.TRUE.equals(security.getRunAsNonRoot()), title, "runAsNonRoot: true");
        rule(isPositive(security.getRunAsUser()), title, "a runAsUser above 0");
        rule(isPositive(security.getRunAsGroup()), title, "a runAsGroup above 0");
        rule(isPositive(security.getFsGroup()), title, "an fsGroup above 0");
        rule("OnRootMismatch".equals(security.getFsGroupChangePolicy()), title, "fsGroupChangePolicy: OnRootMismatch");
        rule(
                security.getSeccompProfile() != null
                        && "RuntimeDefault".equals(security.getSeccompProfile().getType()),
                title,
                "seccompProfile RuntimeDefault");
    }

    private void container(Workload workload, Container container) {
        String title = workload.title() + ", container " + container.getName();
        SecurityContext security =
                Optional.ofNullable(container.getSecurityContext()).orElseGet(SecurityContext::new);
        rule(Boolean.FALSE.equals(security.getAllowPrivilegeEscalation()), title, "allowPrivilegeEscalation: false");
        rule(Boolean.TRUE.equals(security.getReadOnlyRootFilesystem()), title, "readOnlyRootFilesystem: true");
        rule(
                security.getCapabilities() != null
                        && security.getCapabilities().getDrop().equals(List.of("ALL"))
                        && security.getCapabilities().getAdd().isEmpty(),
                title,
                "all capabilities dropped");
        rule(security.getRunAsUser() == null && security.getPrivileged() == null, title, "the pod's user");
        Map<String, Quantity> requests = container.getResources().getRequests();
        Map<String, Quantity> limits = container.getResources().getLimits();
        rule(requests.containsKey("cpu") && limits.containsKey("cpu"), title, "a request and a limit for cpu");
        rule(
                limits.containsKey("memory") && limits.get("memory").equals(requests.get("memory")),
                title,
                "a limit for memory that equals the request");
        probe(workload, title, "startupProbe", container.getStartupProbe(), "liveness");
        probe(workload, title, "livenessProbe", container.getLivenessProbe(), "liveness");
        probe(workload, title, "readinessProbe", container.getReadinessProbe(), "readiness");
        rule(
                container.getVolumeMounts().stream().anyMatch(mount -> "/tmp".equals(mount.getMountPath())),
                title,
                "a volume at /tmp, since its root is read-only");
    }

    private void probe(Workload workload, String title, String name, Probe probe, String group) {
        if (probe == null) {
            faults.add(title + " (expected: a " + name + ")");
        } else if (probe.getHttpGet() != null) {
            rule(
                    ("/actuator/health/" + group).equals(probe.getHttpGet().getPath()),
                    title + ", " + name + ": " + probe.getHttpGet().getPath(),
                    "the health group " + group);
            String port = String.valueOf(probe.getHttpGet().getPort().getValue());
            rule(workload.hasPort(port), title + ", " + name + ": port " + port, "the name of a port of the container");
        } else {
            rule(probe.getExec() != null, title + ", " + name, "httpGet or exec");
        }
    }

    private void rule(boolean holds, String what, String expected) {
        if (!holds) {
            faults.add(what + " (expected: " + expected + ")");
        }
    }

    private static boolean isPositive(Long value) {
        return value != null && value > 0;
    }
}
