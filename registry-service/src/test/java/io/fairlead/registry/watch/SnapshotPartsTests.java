package io.fairlead.registry.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import io.fairlead.link.discovery.ServiceOffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SnapshotPartsTests {
    private static Instance instance(int number, int methods) {
        List<MethodOffer> offers = IntStream.range(0, methods)
                .mapToObj(i -> new MethodOffer("m".repeat(200) + i, false, false))
                .toList();
        return new Instance(
                "w" + number, 1, "h", 1, "", 1, 1, InstanceState.UP, 0, List.of(new ServiceOffer("s", offers)));
    }

    private static List<byte[]> write(List<Instance> instances) {
        return SnapshotParts.write("node", 7, true, instances).parts();
    }

    @Test
    void isWrittenAsDiscoveryJsonWritesASnapshot() {
        List<Instance> three = List.of(instance(1, 1), instance(2, 2), instance(3, 3));
        assertThat(write(three)).containsExactly(DiscoveryJson.write(new Snapshot("node", 7, true, true, three)));
        assertThat(write(List.of()))
                .containsExactly(DiscoveryJson.write(new Snapshot("node", 7, true, true, List.of())));
    }

    @Test
    void hasPartsOfFiveHundredOrOneMebibyteAtMost() {
        List<Instance> many =
                IntStream.range(0, 501).mapToObj(i -> instance(i, 1)).toList();
        assertThat(write(many))
                .containsExactly(
                        DiscoveryJson.write(new Snapshot("node", 7, true, false, many.subList(0, 500))),
                        DiscoveryJson.write(new Snapshot("node", 7, true, true, many.subList(500, 501))));

        // Some 260 KB each.
        List<Instance> large =
                IntStream.range(0, 5).mapToObj(i -> instance(i, 1_000)).toList();
        assertThat(write(large))
                .containsExactly(
                        DiscoveryJson.write(new Snapshot("node", 7, true, false, large.subList(0, 3))),
                        DiscoveryJson.write(new Snapshot("node", 7, true, true, large.subList(3, 5))));
    }
}
