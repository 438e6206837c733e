package io.fairlead.gateway.balance;

import static io.fairlead.gateway.balance.Simulation.MS;
import static io.fairlead.gateway.balance.Simulation.S;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.gateway.balance.Simulation.Worker;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The policies against each other in virtual time, with fixed seeds. Prints the figures that it asserts.
class BalanceSimulationTests {
    private static final long SEED = 7;

    private static void print(String format, Object... args) {
        System.out.println(String.format(Locale.ROOT, format, args));
    }

    private static LongUnaryOperator exponential(Simulation simulation, long meanNanos) {
        return at -> (long) (-Math.log(1 - simulation.random.nextDouble()) * meanNanos);
    }

    private static void run(Simulation simulation, double perSecond, long forNanos) {
        simulation.arrivals(perSecond, forNanos);
        simulation.heartbeats(forNanos);
        simulation.run();
    }

    /// Linkerd's case ("Beyond Round Robin: Load Balancing for Latency", 2016): eleven replicas answer in 1 to
    /// 50 ms, but one takes two seconds for half of the time.
    private static Simulation oneSlowOfEleven(Policy policy, int gateways, double perSecond, int slowWeight) {
        Simulation simulation = new Simulation(SEED, gateways, LoadSettings.DEFAULT, PickSettings.of(policy));
        for (int i = 0; i < 11; i++) {
            boolean slow = i == 0;
            simulation.add(
                    new Worker(
                            "worker-" + i,
                            "",
                            slow ? slowWeight : 100,
                            100_000,
                            at -> slow && at / (30 * S) % 2 == 0 ? 2 * S : simulation.random.nextLong(MS, 50 * MS)),
                    false);
        }
        run(simulation, perSecond, 120 * S);
        return simulation;
    }

    @ParameterizedTest
    @CsvSource({"1, 200", "1, 1000", "1, 5000", "5, 1000", "5, 5000"})
    void aReplicaThatIsSlowHalfOfTheTimeIsHardlyFelt(int gateways, int perSecond) {
        print(
                "one of 11 replicas at 2 s for half of the time, others 1-50 ms; %d gateways, %d calls/s",
                gateways, perSecond);
        Map<Policy, Double> success = new EnumMap<>(Policy.class);
        for (Policy policy : Policy.values()) {
            Simulation simulation = oneSlowOfEleven(policy, gateways, perSecond, 100);
            success.put(policy, simulation.within(S));
            print(
                    "  %-16s within 1 s %8.4f %%   p50 %5.1f ms   p99 %7.1f ms   p99.9 %7.1f ms",
                    policy,
                    100 * simulation.within(S),
                    simulation.percentileMillis(0.5),
                    simulation.percentileMillis(0.99),
                    simulation.percentileMillis(0.999));
        }

        assertThat(success.get(Policy.PEAK_EWMA)).isGreaterThanOrEqualTo(0.999);
        assertThat(success.get(Policy.LEAST_IN_FLIGHT)).isBetween(0.99, success.get(Policy.PEAK_EWMA));
        assertThat(success.get(Policy.ROUND_ROBIN)).isBetween(0.94, 0.965);
        assertThat(success.get(Policy.RANDOM)).isBetween(0.94, 0.965);
    }

    @Test
    void unequalWeightsDoNotHideASlowReplica() {
        assertThat(oneSlowOfEleven(Policy.PEAK_EWMA, 1, 1_000, 200).within(S)).isGreaterThanOrEqualTo(0.998);
    }

    @ParameterizedTest
    @EnumSource
    void weightsHoldUnderLoad(Policy policy) {
        for (int perSecond : new int[] {20, 200, 2_000}) {
            Simulation simulation = new Simulation(SEED, 1, LoadSettings.DEFAULT, PickSettings.of(policy));
            int[] weights = {10, 50, 100, 200};
            for (int weight : weights) {
                simulation.add(new Worker("w" + weight, "", weight, 10_000, exponential(simulation, 10 * MS)), false);
            }
            run(simulation, perSecond, 100_000 / perSecond * S);
            StringBuilder line = new StringBuilder();
            for (Worker worker : simulation.workers) {
                double fair = worker.weight / 360.0;
                double got = (double) worker.taken / simulation.answered;
                line.append(
                        String.format(Locale.ROOT, "  %d: %.2f %% (fair %.2f)", worker.weight, 100 * got, 100 * fair));
                assertThat(got).isCloseTo(fair, within(0.005));
            }
            print("weights, %s at %d calls/s:%s", policy, perSecond, line);
        }
    }

    @Test
    void aNewWorkerGetsItsShareLittleByLittle() {
        Simulation simulation = new Simulation(SEED, 2, LoadSettings.DEFAULT, PickSettings.of(Policy.PEAK_EWMA));
        for (int i = 0; i < 4; i++) {
            simulation.add(
                    new Worker("old-" + i, "", 100, 10_000, at -> simulation.random.nextLong(MS, 50 * MS)), false);
        }
        Worker fresh = new Worker("new", "", 100, 10_000, at -> simulation.random.nextLong(MS, 50 * MS));
        simulation.at(10 * S, () -> simulation.add(fresh, true));
        List<Long> taken = new ArrayList<>();
        for (int second = 10; second <= 25; second++) {
            simulation.at(second * S, () -> taken.add(fresh.taken));
        }
        run(simulation, 2_000, 26 * S);

        List<Double> share = IntStream.range(1, taken.size())
                .mapToObj(i -> (taken.get(i) - taken.get(i - 1)) / 400.0)
                .toList();
        print("slow start: share of its fair part in seconds 1 to 15: %s", share);
        assertThat(share.get(0)).isLessThan(0.4);
        assertThat(share.get(4)).isBetween(0.35, 0.9);
        assertThat(share.get(14)).isCloseTo(1, within(0.25));
    }

    @Test
    void theOwnZoneTakesWhatItCanAndTheRestSpills() {
        // Two local workers of 10 places and 20 ms: 1,000 calls/s. Four elsewhere.
        print("zone preference: local capacity 1,000 calls/s");
        Map<Integer, Double> local = new java.util.TreeMap<>();
        for (int perSecond : new int[] {200, 400, 600, 800, 1_000, 1_500, 2_000}) {
            PickSettings settings = PickSettings.of(Policy.PEAK_EWMA).inZone("a");
            Simulation simulation = new Simulation(SEED, 2, LoadSettings.DEFAULT, settings);
            for (int i = 0; i < 6; i++) {
                simulation.add(new Worker("w" + i, i < 2 ? "a" : "b", 100, 10, at -> 20 * MS), false);
            }
            run(simulation, perSecond, 30 * S);
            double share =
                    (double) (simulation.workers.get(0).taken + simulation.workers.get(1).taken) / simulation.answered;
            local.put(perSecond, share);
            print(
                    "  %4d calls/s: %.1f %% local (%.0f/s), refused %d",
                    perSecond, 100 * share, share * perSecond, simulation.refused);
            assertThat((double) simulation.refused / simulation.answered).isLessThan(0.001);
        }

        assertThat(local.get(200)).isGreaterThan(0.999);
        assertThat(local.get(400)).isGreaterThan(0.98);
        assertThat(local.get(1_000) * 1_000)
                .as("local calls/s where the zone is just enough")
                .isGreaterThan(650);
        assertThat(local.get(2_000) * 2_000)
                .as("local calls/s at twice its capacity")
                .isBetween(750.0, 1_000.0);
    }

    @Test
    void aHotKeyIsSharedWhereItWouldExceedTheBound() {
        Simulation simulation = new Simulation(SEED, 1, LoadSettings.DEFAULT, PickSettings.of(Policy.PEAK_EWMA));
        for (int i = 0; i < 20; i++) {
            simulation.add(new Worker("w" + i, "", 100, 100_000, at -> 100 * MS), false);
        }
        SplittableRandom random = new SplittableRandom(SEED);
        // A third of all calls have one key.
        simulation.keys = () -> random.nextInt(3) == 0 ? 42 : KeyHash.of("key-" + random.nextInt(1_000));
        List<Double> overMean = new ArrayList<>();
        for (int tenth = 10; tenth < 100; tenth++) {
            simulation.at(tenth * 100 * MS, () -> {
                int all = simulation.workers.stream().mapToInt(w -> w.inFlight).sum();
                int max = simulation.workers.stream()
                        .mapToInt(w -> w.inFlight)
                        .max()
                        .orElseThrow();
                // The bound holds when a call is given; others may end before this is looked at.
                overMean.add(max / Math.max(1.0, all / 20.0));
            });
        }
        run(simulation, 10_000, 10 * S);
        double worst = overMean.stream().mapToDouble(d -> d).max().orElseThrow();
        double mean = overMean.stream().mapToDouble(d -> d).average().orElseThrow();
        print(
                "bounded-load hashing, a third of the calls with one key: fullest worker %.2f x the mean (worst %.2f)",
                mean, worst);

        assertThat(mean).isBetween(1.15, 1.27);
        assertThat(worst).isLessThan(1.35);
    }

    @Test
    void aKeyStaysUnlessItsWorkerLeaves() {
        List<FakeCandidate> all = IntStream.range(0, 50)
                .mapToObj(i -> new FakeCandidate("w" + i, 100))
                .toList();
        PickerFactory pickers = new PickerFactory(new SplittableRandom(SEED));
        Picker<FakeCandidate> before = pickers.build(all, PickSettings.of(Policy.PEAK_EWMA));
        Picker<FakeCandidate> after = pickers.build(all.subList(0, 49), PickSettings.of(Policy.PEAK_EWMA));
        int moved = 0;
        int[] keys = new int[50];
        for (int i = 0; i < 100_000; i++) {
            FakeCall call = new FakeCall(KeyHash.of("key-" + i), java.util.Set.of());
            FakeCandidate first = before.pick(call, i);
            FakeCandidate second = after.pick(call, i);
            assertThat(first).isNotNull();
            keys[all.indexOf(first)]++;
            if (first != second) {
                moved++;
                assertThat(first.name())
                        .as("only the keys of the one that left move")
                        .isEqualTo("w49");
            }
        }
        int most = IntStream.of(keys).max().orElseThrow();
        print(
                "consistent hashing: %.2f %% of the keys moved when 1 of 50 left; most keys %.2f x mean",
                moved / 1_000.0, most / 2_000.0);

        assertThat(moved).isBetween(1_300, 2_700);
        assertThat(most).isLessThan(2_800);
    }

    @Test
    void affinityIsWeighted() {
        List<FakeCandidate> two = List.of(new FakeCandidate("light", 100), new FakeCandidate("heavy", 300));
        Picker<FakeCandidate> picker =
                new PickerFactory(new SplittableRandom(SEED)).build(two, PickSettings.of(Policy.RANDOM));
        int heavy = 0;
        for (int i = 0; i < 10_000; i++) {
            FakeCandidate picked = picker.pick(new FakeCall(KeyHash.of("k" + i), java.util.Set.of()), 0);
            heavy += picked == two.get(1) ? 1 : 0;
        }
        assertThat(heavy).isBetween(6_800, 8_200);
    }
}
