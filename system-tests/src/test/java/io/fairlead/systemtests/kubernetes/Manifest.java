package io.fairlead.systemtests.kubernetes;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// One document, as it is written and as the API's types understand it. It has nothing that these do not know, and
/// nothing that they have to make another type of: an API server would refuse, or silently drop, either.
///
/// @param tree maps, lists and scalars
/// @param object of the type of its kind; [GenericKubernetesResource] for the kinds of [#CUSTOM]
record Manifest(Map<String, Object> tree, HasMetadata object) {
    /// Kinds that are no part of the API. Tests of their own say what is expected of them.
    private static final Set<String> CUSTOM = Set.of("monitoring.coreos.com/v1/ServiceMonitor");

    private static final KubernetesSerialization TYPES = new KubernetesSerialization(new ObjectMapper(), true);

    /// Reads documents strictly.
    ///
    /// @throws ManifestException with all that is wrong
    static List<Manifest> parse(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        List<Manifest> manifests = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(options)).loadAll(yaml)) {
            @SuppressWarnings("unchecked") // a manifest is an object, and keys of objects are strings
            Map<String, Object> tree = (Map<String, Object>) document;
            manifests.add(of(tree));
        }
        return manifests;
    }

    String kind() {
        return object.getKind();
    }

    String name() {
        return object.getMetadata().getName();
    }

    /// Such as `Service gateway`.
    String title() {
        return kind() + " " + name();
    }

    private static Manifest of(Map<String, Object> tree) {
        String type = tree.get("apiVersion") + "/" + tree.get("kind");
        HasMetadata object;
        try {
            object = TYPES.unmarshal(TYPES.asJson(tree));
        } catch (KubernetesClientException e) {
            throw new ManifestException(
                    List.of(type + " " + ((Map<?, ?>) tree.get("metadata")).get("name") + ": " + e.getCause()));
        }
        if (object instanceof GenericKubernetesResource && !CUSTOM.contains(type)) {
            throw new ManifestException(List.of(type + ": the API has no such kind"));
        }
        Manifest manifest = new Manifest(tree, object);
        List<String> faults = new ArrayList<>();
        if (!(object instanceof GenericKubernetesResource)) {
            Unknown.find(object, manifest.title(), faults);
        }
        compare(manifest.title(), tree, TYPES.unmarshal(TYPES.asJson(object), Map.class), faults);
        if (!faults.isEmpty()) {
            throw new ManifestException(faults);
        }
        return manifest;
    }

    /// Whether all that is written is understood as it is written.
    private static void compare(String path, Object written, Object understood, List<String> faults) {
        if (written instanceof Map<?, ?> map && understood instanceof Map<?, ?> other) {
            map.forEach((key, value) -> compare(path + "." + key, value, other.get(key), faults));
        } else if (written instanceof List<?> list
                && understood instanceof List<?> other
                && list.size() == other.size()) {
            for (int i = 0; i < list.size(); i++) {
                compare(path + "[" + i + "]", list.get(i), other.get(i), faults);
            }
        } else if (!Objects.equals(written, understood) && !(isEmpty(written) && understood == null)) {
            faults.add(path + ": " + show(written) + " is understood as " + show(understood));
        }
    }

    private static boolean isEmpty(Object value) {
        return value instanceof Map<?, ?> map && map.isEmpty() || value instanceof Collection<?> list && list.isEmpty();
    }

    private static String show(Object value) {
        return value instanceof String ? "'" + value + "'" : String.valueOf(value);
    }
}
