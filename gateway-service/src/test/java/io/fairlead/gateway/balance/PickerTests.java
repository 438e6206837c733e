package io.fairlead.gateway.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PickerTests {
    private final PickerFactory pickers = new PickerFactory(new SplittableRandom(1));
    private final FakeCandidate a = new FakeCandidate("a", 100);
    private final FakeCandidate b = new FakeCandidate("b", 100);
    private final FakeCandidate c = new FakeCandidate("c", 100);

    private static Map<String, Integer> count(Picker<FakeCandidate> picker, PickArgs args, int times) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            FakeCandidate picked = picker.pick(args, 0);
            assertThat(picked).isNotNull();
            counts.merge(picked.name(), 1, Integer::sum);
        }
        return counts;
    }

    @ParameterizedTest
    @EnumSource
    void spreadsEvenlyOverEquals(Policy policy) {
        Map<String, Integer> counts =
                count(pickers.build(List.of(a, b, c), PickSettings.of(policy)), FakeCall.FIRST, 30_000);

        assertThat(counts.values()).allSatisfy(n -> assertThat(n).isCloseTo(10_000, within(300)));
    }

    @ParameterizedTest
    @EnumSource
    void holdsWeightsInThePick(Policy policy) {
        List<FakeCandidate> candidates =
                List.of(new FakeCandidate("1", 1), new FakeCandidate("100", 100), new FakeCandidate("899", 899));

        Map<String, Integer> counts =
                count(pickers.build(candidates, PickSettings.of(policy)), FakeCall.FIRST, 100_000);

        assertThat(counts.getOrDefault("1", 0)).isCloseTo(100, within(40));
        assertThat(counts.get("100")).isCloseTo(10_000, within(300));
        assertThat(counts.get("899")).isCloseTo(89_900, within(400));
    }

    @ParameterizedTest
    @EnumSource
    void neverChoosesWhatIsNotAvailable(Policy policy) {
        Picker<FakeCandidate> picker = pickers.build(List.of(a, b, c), PickSettings.of(policy));
        a.available = false;

        assertThat(count(picker, FakeCall.FIRST, 1_000)).containsOnlyKeys("b", "c");

        b.available = false;
        assertThat(count(picker, FakeCall.after(c), 100)).containsOnlyKeys("c");

        c.available = false;
        assertThat(picker.pick(FakeCall.FIRST, 0)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondAttemptAvoidsWhatTheFirstTried(Policy policy) {
        Picker<FakeCandidate> picker = pickers.build(List.of(a, b, c), PickSettings.of(policy));

        assertThat(count(picker, FakeCall.after(a), 1_000)).containsOnlyKeys("b", "c");
        assertThat(count(picker, FakeCall.after(a, c), 1_000)).containsOnlyKeys("b");
        assertThat(count(picker, FakeCall.after(a, b, c), 100)).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void prefersRoomToWritableAndWritableToNothing(Policy policy) {
        Picker<FakeCandidate> picker = pickers.build(List.of(a, b, c), PickSettings.of(policy));
        a.writable = false;
        assertThat(count(picker, FakeCall.FIRST, 1_000)).containsOnlyKeys("b", "c");

        b.load.hint(0, 0);
        c.load.hint(0, 0);
        assertThat(count(picker, FakeCall.FIRST, 100)).containsOnlyKeys("a");

        a.load.hint(0, 0);
        assertThat(count(picker, FakeCall.FIRST, 100))
                .as("none has room")
                .doesNotContainKey("a")
                .isNotEmpty();
    }

    @Test
    void findsTheOneAvailableAmongMany() {
        List<FakeCandidate> many = java.util.stream.IntStream.range(0, 1_000)
                .mapToObj(i -> new FakeCandidate("i" + i, 100))
                .toList();
        many.forEach(candidate -> candidate.available = false);
        many.get(777).available = true;

        assertThat(count(pickers.build(many, PickSettings.of(Policy.PEAK_EWMA)), FakeCall.FIRST, 100))
                .containsOnlyKeys("i777");
    }

    @Test
    void avoidsTheSlowerOfTwo() {
        Picker<FakeCandidate> picker = pickers.build(List.of(a, b), PickSettings.of(Policy.PEAK_EWMA));
        a.load.began(0);
        a.load.succeeded(50_000_000, 50_000_000);
        b.load.began(0);
        b.load.succeeded(1_000_000, 50_000_000);

        assertThat(picker.pick(FakeCall.FIRST, 50_000_000)).isSameAs(b);
    }
}
