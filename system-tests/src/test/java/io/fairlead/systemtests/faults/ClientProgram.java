package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.systemtests.nodes.BenchPorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// All clients of the bench, as a process on a host of their own. About 250 calls a second in all.
///
/// It obeys its standard input: `slow-reader HOST` and `slow-reader-ends`; at `stop`, or at its end, no more
/// calls are sent, and the process ends when each has ended or had its time.
public final class ClientProgram {
    /// How many kinds of clients there are, a method each.
    static final int KINDS = 6;

    private static final int NATIVE_CALLS_PER_SECOND = 60;
    private static final int LINE_TERMINALS = 4;
    private static final int CARD_TERMINALS = 4;

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final List<Map.Entry<String, String>> gateways;
    private final Calls calls;

    private ClientProgram(Path journal, List<Map.Entry<String, String>> gateways) {
        this.calls = new Calls(new Journal(journal));
        this.gateways = gateways;
    }

    /// @param args the journal's path, then each gateway as `name=address`
    public static void main(String[] args) throws IOException, InterruptedException {
        List<Map.Entry<String, String>> gateways = Arrays.stream(args)
                .skip(1)
                .map(arg -> arg.split("=", 2))
                .map(pair -> Map.entry(pair[0], pair[1]))
                .toList();
        new ClientProgram(Path.of(args[0]), gateways).run();
    }

    private void run() throws IOException, InterruptedException {
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<NativeLoad> natives = new ArrayList<>();
            for (int i = 0; i < gateways.size(); i++) {
                NativeLoad load = new NativeLoad("native" + i, calls, natives(i));
                load.start(clock, NATIVE_CALLS_PER_SECOND);
                natives.add(load);
            }
            for (int i = 0; i < LINE_TERMINALS; i++) {
                threads.execute(terminal("reader" + i, new Dialogues.Lines(true), i));
                threads.execute(terminal("writer" + i, new Dialogues.Lines(false), i));
            }
            for (int i = 0; i < CARD_TERMINALS; i++) {
                threads.execute(terminal("TERM000" + i, new Dialogues.Cards(), i));
            }
            threads.execute(new Netcat(calls, gateways, stopped::get));
            obey(threads);
            stopped.set(true);
            clock.shutdown();
            clock.awaitTermination(1, TimeUnit.SECONDS);
            natives.forEach(NativeLoad::awaitAnswers);
            natives.forEach(NativeLoad::close);
        }
    }

    private Terminal terminal(String name, Terminal.Dialogue dialogue, int first) {
        return new Terminal(name, calls, dialogue, rotated(first), stopped::get);
    }

    private List<String> natives(int first) {
        return rotated(first).stream()
                .map(gateway -> gateway.getValue() + ":" + BenchPorts.NATIVE)
                .toList();
    }

    private List<Map.Entry<String, String>> rotated(int first) {
        List<Map.Entry<String, String>> rotated = new ArrayList<>(gateways);
        Collections.rotate(rotated, -first);
        return rotated;
    }

    private void obey(ExecutorService threads) throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        List<SlowReader> readers = new ArrayList<>();
        for (String order = orders.readLine(); order != null && !order.equals("stop"); order = orders.readLine()) {
            if (order.startsWith("slow-reader ")) {
                SlowReader reader = new SlowReader(order.split(" ", 2)[1]);
                readers.add(reader);
                threads.execute(reader);
            } else {
                close(readers);
            }
        }
        close(readers);
    }

    private static void close(List<SlowReader> readers) throws IOException {
        for (SlowReader reader : readers) {
            reader.close();
        }
        readers.clear();
    }
}
