package io.fairlead.systemtests.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.systemtests.kubernetes.DockerPod.ProbePlan;
import io.fairlead.systemtests.kubernetes.DockerPod.Volume;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;

class PodTranslationTests {
    private static final String POD = """
            automountServiceAccountToken: false
            enableServiceLinks: false
            serviceAccountName: some
            terminationGracePeriodSeconds: 60
            securityContext:
              runAsNonRoot: true
              runAsUser: 10001
              runAsGroup: 10002
              fsGroup: 10003
              seccompProfile: {type: RuntimeDefault}
            containers:
              - name: some
                image: some:1
                imagePullPolicy: IfNotPresent
                command: [run, fast]
                args: [far]
                env:
                  - {name: A, value: b}
                  - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                  - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                  - {name: ZONE, valueFrom: {fieldRef: {fieldPath: "metadata.labels['zone']"}}}
                  - {name: NO_LABEL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['other']"}}}
                  - {name: KEY, valueFrom: {configMapKeyRef: {name: settings, key: S}}}
                envFrom:
                  - configMapRef: {name: settings}
                ports:
                  - {name: http, containerPort: 8080}
                readinessProbe:
                  httpGet: {path: /ready, port: http}
                  periodSeconds: 2
                  timeoutSeconds: 1
                  failureThreshold: 3
                resources:
                  requests: {cpu: 500m, memory: 1Ki}
                  limits: {cpu: "8", memory: 1Ki}
                securityContext:
                  allowPrivilegeEscalation: false
                  readOnlyRootFilesystem: true
                  capabilities: {drop: [ALL]}
                volumeMounts:
                  - {name: data, mountPath: /data}
                  - {name: tmp, mountPath: /tmp}
                  - {name: secret, mountPath: /secret, readOnly: true}
            volumes:
              - {name: tmp, emptyDir: {sizeLimit: 1Mi}}
              - {name: secret, secret: {secretName: password, defaultMode: 288}}
            """;

    private static final String CLAIM = """
            metadata: {name: data}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            """;

    @Test
    void everythingThatAPodSaysIsSaidToDocker() {
        DockerPod pod = translate(POD);
        assertThat(pod.image()).isEqualTo("some:1");
        assertThat(pod.arguments()).containsExactly("fast", "far");
        assertThat(String.join(" ", pod.options()))
                .isEqualTo("--hostname some-0 --ip 10.0.0.9 --stop-timeout 60 --user 10001:10002 --group-add 10003"
                        + " --expose 8080 --env S=t --env A=b --env NAME=some-0 --env IP=10.0.0.9 --env ZONE=here"
                        + " --env NO_LABEL= --env KEY=t"
                        + " --volume some-0-data:/data:nocopy"
                        + " --tmpfs /tmp:rw,exec,size=1048576,mode=2777,uid=0,gid=10003"
                        + " --volume some-0-secret:/secret:ro"
                        + " --memory 1024 --memory-swap 1024 --cpus 2 --memory-reservation 1024 --cpu-shares 512"
                        + " --security-opt no-new-privileges --read-only --cap-drop ALL --entrypoint run");
        assertThat(pod.volumes())
                .containsExactly(
                        new Volume("some-0-data", 10003, Map.of(), 0),
                        new Volume("some-0-secret", 10003, Map.of("p", "w"), 0440));
        assertThat(pod.probes()).isEqualTo(Map.of("readinessProbe", new ProbePlan("/ready", 8080, List.of(), 6)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            enableServiceLinks: false         | enableServiceLinks: true              | enableServiceLinks: true (expected: false)
            serviceAccountName: some          | hostNetwork: true                     | spec.hostNetwork: nobody knows
            serviceAccountName: some          | initContainers: [{name: a}]           | spec.initContainers: nobody knows
            runAsNonRoot: true                | supplementalGroups: [1]               | runAsNonRoot: null (expected: true)
            imagePullPolicy: IfNotPresent     | imagePullPolicy: Always               | imagePullPolicy: Always
            args: [far]                       | args: ['$(A)']                        | $(A)
            args: [far]                       | lifecycle: {}                         | spec.containers[0].lifecycle: nobody knows
            fieldPath: status.podIP           | fieldPath: status.hostIP              | status.hostIP
            configMapRef: {name: settings}    | secretRef: {name: password}           | configMapRef.name: missing
            mountPath: /tmp                   | mountPath: /tmp, subPath: a           | volumeMounts[1].subPath: nobody knows
            emptyDir: {sizeLimit: 1Mi}        | hostPath: {path: /}                   | volumeMounts[1]: volume tmp
            secretName: password              | secretName: other                     | Secret other
            port: http                        | port: https                           | https
            timeoutSeconds: 1                 | successThreshold: 2                   | successThreshold: nobody knows
            capabilities: {drop: [ALL]}       | capabilities: {add: [CHOWN]}          | capabilities.add: nobody knows
            """)
    void whatIsNotTranslatedIsAnError(String known, String unknown, String fault) {
        assertThat(POD).contains(known);
        assertThatThrownBy(() -> translate(POD.replace(known, unknown)))
                .isInstanceOf(UntranslatableException.class)
                .hasMessageContaining(fault);
    }

    private static DockerPod translate(String pod) {
        return new PodTranslation(
                        new PodTranslation.Place("some-0", "space", "10.0.0.9", Map.of("zone", "here")),
                        Map.of("settings", Map.of("S", "t")),
                        Map.of("password", Map.of("p", "w")),
                        2)
                .translate(new Yaml().load(pod), List.of(new Yaml().<Map<String, Object>>load(CLAIM)));
    }
}
