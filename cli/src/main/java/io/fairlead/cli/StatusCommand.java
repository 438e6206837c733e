package io.fairlead.cli;

import io.fairlead.cli.suite.Instances;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteProcess;
import io.fairlead.cli.suite.SuiteState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// `./fairlead status`.
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Shows every process and every instance that the registries list.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:something is running", "3:nothing is running"})
final class StatusCommand implements Callable<Integer> {
    private static final int NOTHING_RUNNING = 3;

    @Mixin
    private final Output output = new Output();

    /// What `-o json` prints.
    record Report(List<ProcessLine> processes, List<JsonNode> instances) {}

    /// @param ports by name
    record ProcessLine(String name, long pid, Map<String, Integer> ports) {}

    static Report report(List<SuiteProcess> processes, List<JsonNode> instances) {
        return new Report(
                processes.stream()
                        .map(process ->
                                new ProcessLine(process.name(), process.id().pid(), process.ports()))
                        .toList(),
                instances);
    }

    @Override
    public Integer call() {
        SuiteState state = Suite.local(Output.home()).state();
        List<SuiteProcess> running = state.running();
        List<JsonNode> instances = Instances.of(state);
        if (output.isJson()) {
            output.json(report(running, instances));
        } else if (running.isEmpty()) {
            output.line("nothing is running; `./fairlead up` starts a suite");
        } else {
            processes(state.processes());
            instances(instances);
        }
        return running.isEmpty() ? NOTHING_RUNNING : 0;
    }

    private void processes(List<SuiteProcess> processes) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("PROCESS", "PID", "STATE", "PORTS"));
        for (SuiteProcess process : processes) {
            String state = !process.isAlive() ? "ended" : process.isReady() ? "ready" : "not ready";
            rows.add(List.of(
                    process.name(),
                    Long.toString(process.id().pid()),
                    state,
                    process.ports().entrySet().stream()
                            .map(port -> port.getKey() + " " + port.getValue())
                            .collect(Collectors.joining(", "))));
        }
        Table.of(rows).forEach(output::line);
    }

    private void instances(List<JsonNode> instances) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("INSTANCE", "STATE", "IN FLIGHT", "ADDRESS", "SERVICES"));
        for (JsonNode instance : instances) {
            rows.add(List.of(
                    instance.path("name").asString(),
                    instance.path("state").asString()
                            + (instance.path("suspect").asBoolean() ? " (suspect)" : ""),
                    instance.path("inFlight").asString(),
                    instance.path("address").asString(),
                    StreamSupport.stream(instance.path("services").spliterator(), false)
                            .map(service -> service.path("name").asString())
                            .collect(Collectors.joining(", "))));
        }
        output.line("");
        if (instances.isEmpty()) {
            output.line("no instances: no registry answers, or no worker has registered");
        } else {
            Table.of(rows).forEach(output::line);
        }
    }
}
