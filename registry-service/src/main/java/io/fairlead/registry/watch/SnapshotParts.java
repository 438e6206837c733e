package io.fairlead.registry.watch;

import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// What all watchers that come at one version are sent, as JSON. Immutable; its bytes are shared and not to be changed.
record SnapshotParts(long version, boolean warming, List<byte[]> parts) {
    /// Views stay well below the 4 MiB frames that watchers accept at least.
    private static final int MAX_PART_BYTES = 1024 * 1024;

    /// At least one part, which may be empty; each within the bounds in number and bytes, or of a single instance.
    static SnapshotParts write(String node, long version, boolean warming, Collection<Instance> instances) {
        List<byte[]> parts = new ArrayList<>();
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        int count = 0;
        for (Instance instance : instances) {
            byte[] json = DiscoveryJson.write(instance);
            if (count > 0 && (count == RegistryApi.MAX_PART_INSTANCES || part.size() + json.length > MAX_PART_BYTES)) {
                parts.add(part(new Snapshot(node, version, warming, false, List.of()), part));
                part.reset();
                count = 0;
            }
            if (count++ > 0) {
                part.write(',');
            }
            part.writeBytes(json);
        }
        parts.add(part(new Snapshot(node, version, warming, true, List.of()), part));
        return new SnapshotParts(version, warming, List.copyOf(parts));
    }

    /// Where a part ends shows only when the instance that has no more room is written, and there may be ten
    /// thousand of them: so each is written once, and put into the list, the last field, of a snapshot without any.
    private static byte[] part(Snapshot empty, ByteArrayOutputStream instances) {
        byte[] around = DiscoveryJson.write(empty);
        int at = around.length - "]}".length();
        ByteArrayOutputStream part = new ByteArrayOutputStream(around.length + instances.size());
        part.write(around, 0, at);
        part.writeBytes(instances.toByteArray());
        part.write(around, at, around.length - at);
        return part.toByteArray();
    }
}
