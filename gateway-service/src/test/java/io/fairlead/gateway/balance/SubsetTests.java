package io.fairlead.gateway.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.gateway.balance.Subset.Member;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubsetTests {
    private static List<String> gateways(int n) {
        return IntStream.range(0, n).mapToObj(i -> "gateway-" + i).toList();
    }

    private static List<Member> workers(int n, String service) {
        return IntStream.range(0, n)
                .mapToObj(i -> new Member(service + "-" + i, List.of(service), true))
                .toList();
    }

    @Test
    void aSmallFleetIsLinkedWhole() {
        assertThat(new Subset("gateway-1", 100, 10).choose(workers(100, "a"), gateways(500)))
                .as("few workers")
                .hasSize(100);
        assertThat(new Subset("gateway-1", 100, 10).choose(workers(5_000, "a"), gateways(10)))
                .as("few gateways")
                .hasSize(5_000);
        assertThat(new Subset("gateway-1", 0, 10).choose(workers(5_000, "a"), gateways(500)))
                .as("switched off")
                .hasSize(5_000);
        assertThat(new Subset("gateway-1", 100, 10).choose(workers(5_000, "a"), List.of()))
                .as("nothing known of other gateways")
                .hasSize(5_000);
    }

    @Test
    void aRareServiceIsNotLeftOut() {
        List<Member> all = new ArrayList<>(workers(5_000, "common"));
        all.addAll(workers(3, "rare"));
        for (String gateway : gateways(50)) {
            assertThat(new Subset(gateway, 100, 10).choose(all, gateways(1_000)))
                    .contains("rare-0", "rare-1", "rare-2");
        }
    }

    @Test
    void aSubsetOfWhichManyDieWidens() {
        List<Member> all = workers(5_000, "a");
        Subset subset = new Subset("gateway-7", 100, 10);
        Set<String> before = subset.choose(all, gateways(1_000));
        List<Member> half = all.stream()
                .map(w -> before.contains(w.name()) && w.name().hashCode() % 2 == 0
                        ? new Member(w.name(), w.services(), false)
                        : w)
                .toList();

        Set<String> after = subset.choose(half, gateways(1_000));

        assertThat(after).as("the dead may come back").containsAll(before);
        long reachable = half.stream()
                .filter(w -> w.reachable() && after.contains(w.name()))
                .count();
        assertThat(reachable).isGreaterThanOrEqualTo(100);

        List<Member> none =
                all.stream().map(w -> new Member(w.name(), w.services(), false)).toList();
        assertThat(subset.choose(none, gateways(1_000))).as("bounded").hasSize(200);
    }

    /// 1,000 gateways, 10,000 workers: what the subsets cost, how even they are, and what moves.
    @Test
    void aThousandGatewaysAndTenThousandWorkers() {
        List<String> gateways = gateways(1_000);
        List<Member> workers = workers(10_000, "w");
        List<Set<String>> chosen = choose(gateways, workers, gateways);
        Spread links = new Spread(chosen.stream().mapToDouble(Set::size).toArray());
        double[] linksOf = new double[10_000];
        double[] load = new double[10_000];
        double[] luckyLoad = new double[10_000];
        SplittableRandom random = new SplittableRandom(1);
        for (Set<String> subset : chosen) {
            for (String name : subset) {
                int worker = Integer.parseInt(name, 2, name.length(), 10);
                linksOf[worker]++;
                load[worker] += 10.0 / subset.size();
            }
            Set<Integer> lucky = new HashSet<>();
            while (lucky.size() < 100) {
                lucky.add(random.nextInt(10_000));
            }
            lucky.forEach(worker -> luckyLoad[worker] += 0.1);
        }
        print("1,000 gateways x 10,000 workers, size 100, coverage 10 (all to all: 10,000 and 1,000 links)");
        print("  links of a gateway   %s", links);
        print("  links of a worker    %s", new Spread(linksOf));
        print("  load of a worker     %s", new Spread(load));
        print("  the same, where each gateway chooses at random   %s", new Spread(luckyLoad));

        int lost = 0;
        int made = 0;
        // Those that have it, and some that do not, where nothing may move.
        for (int i = 0; i < 1_000; i++) {
            boolean had = chosen.get(i).contains("w-0");
            if (had || i % 20 == 0) {
                Set<String> fresh = new HashSet<>(
                        new Subset(gateways.get(i), 100, 10).choose(workers.subList(1, 10_000), gateways));
                fresh.removeAll(chosen.get(i));
                lost += had ? 1 : 0;
                made += fresh.size();
                assertThat(fresh).hasSizeLessThanOrEqualTo(had ? 1 : 0);
            }
        }
        print("  one worker leaves:   %d links end, %d are made", lost, made);
        List<String> fewer = gateways.subList(1, 1_000);
        int gatewayMade = 0;
        int gatewayEnded = 0;
        // A fifth of the others stands for all: it takes long.
        for (int i = 1; i < 1_000; i += 5) {
            Set<String> after = new Subset(gateways.get(i), 100, 10).choose(workers, fewer);
            Set<String> fresh = new HashSet<>(after);
            fresh.removeAll(chosen.get(i));
            gatewayMade += 5 * fresh.size();
            Set<String> ended = new HashSet<>(chosen.get(i));
            ended.removeAll(after);
            gatewayEnded += 5 * ended.size();
        }
        print(
                "  one gateway leaves:  %d links end with it, about %d are made, about %d more end",
                chosen.get(0).size(), gatewayMade, gatewayEnded);

        assertThat(links.min).isGreaterThanOrEqualTo(100);
        assertThat(links.max).isLessThan(150);
        assertThat(new Spread(linksOf).min).isGreaterThanOrEqualTo(10);
        assertThat(new Spread(linksOf).max).isLessThan(25);
        assertThat(new Spread(load).max).isLessThan(1.6);
        assertThat(new Spread(load).min).isGreaterThan(0.75);
        assertThat(new Spread(luckyLoad).max).isGreaterThan(1.8);
        assertThat(lost).isBetween(10, 25);
        assertThat(made).isLessThanOrEqualTo(lost);
        assertThat(gatewayMade).isLessThan(250);
        assertThat(gatewayEnded).isLessThan(250);
    }

    private static List<Set<String>> choose(List<String> of, List<Member> workers, List<String> gateways) {
        return of.stream()
                .map(name -> new Subset(name, 100, 10).choose(workers, gateways))
                .toList();
    }

    private static void print(String format, Object... args) {
        System.out.println(String.format(Locale.ROOT, format, args));
    }

    private static final class Spread {
        final double min;
        final double max;
        final double mean;
        final double deviation;

        Spread(double[] values) {
            double sum = 0;
            double least = Double.MAX_VALUE;
            double most = 0;
            for (double value : values) {
                sum += value;
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
            double squares = 0;
            for (double value : values) {
                squares += (value - sum / values.length) * (value - sum / values.length);
            }
            min = least;
            max = most;
            mean = sum / values.length;
            deviation = Math.sqrt(squares / values.length);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "mean %.2f, %.2f to %.2f, deviation %.2f", mean, min, max, deviation);
        }
    }
}
