package io.fairlead.benchmarks.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// CPU seconds, user and system, in steps of 10 ms.
///
/// @param processes of each process asked for, and all that descend from it, by its id
/// @param own of this process
/// @param machine of all processes, time stolen by the machine's host included
record CpuTime(Map<Long, Double> processes, double own, double machine) {
    private static final double TICKS_PER_SECOND = 100; // Linux's USER_HZ, on all of its platforms that Java runs on

    static CpuTime now(List<Long> pids) {
        Map<Long, Double> processes = new LinkedHashMap<>();
        for (long pid : pids) {
            processes.put(
                    pid,
                    ProcessHandle.of(pid).stream()
                            .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                            .mapToDouble(CpuTime::of)
                            .sum());
        }
        return new CpuTime(processes, of(ProcessHandle.current()), machineSeconds());
    }

    CpuTime since(CpuTime before) {
        Map<Long, Double> used = new LinkedHashMap<>();
        processes.forEach((pid, seconds) -> used.put(pid, seconds - before.processes.getOrDefault(pid, 0.0)));
        return new CpuTime(used, own - before.own, machine - before.machine);
    }

    private static double of(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
    }

    private static double machineSeconds() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"), US_ASCII)) {
            String[] ticks = lines.findFirst().orElse("").split(" +", -1);
            double sum = 0;
            for (int i : new int[] {1, 2, 3, 6, 7, 8}) { // all but idle and waiting for disks
                sum += Long.parseLong(ticks[i]);
            }
            return sum / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
