package io.fairlead.cli;

import io.fairlead.cli.suite.AdminSite;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `./fairlead outcome`.
@Command(
        name = "outcome",
        mixinStandardHelpOptions = true,
        description = {
            "Says what became of a call or message with this idempotency key: it asks the journals of the gateways and the "
                    + "inboxes of the workers.",
            "DONE: it has had its effect. RUNNING: it is under way. DEAD: given up, see `dead`. UNKNOWN: it may have had its "
                    + "effect, or nobody could tell. NEVER_SEEN: nobody knows the key."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:something is known", "1:nobody has seen it, or nobody could tell", "2:wrong usage"})
final class OutcomeCommand implements Callable<Integer> {
    private static final String NEVER_SEEN = "NEVER_SEEN";

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final AdminOptions admin = new AdminOptions();

    @Parameters(index = "0", paramLabel = "KEY", description = "Idempotency key.")
    private String key = "";

    @Option(names = "--service", paramLabel = "NAME", description = "Default: all services.")
    private @Nullable String service;

    @Option(
            names = "--identity",
            paramLabel = "NAME",
            description = "Whose key it is (default: those of all listeners).")
    private @Nullable String identity;

    @Override
    public Integer call() {
        Map<String, @Nullable String> parameters = new LinkedHashMap<>();
        parameters.put("key", key);
        parameters.put("service", service);
        parameters.put("identity", identity);
        // What the inboxes know, all gateways tell alike.
        Set<JsonNode> found = new LinkedHashSet<>();
        for (AdminSite site : admin.sites()) {
            site.get("/admin/outcome" + AdminSite.query(parameters)).forEach(found::add);
        }
        List<JsonNode> findings = new ArrayList<>(found);
        if (findings.stream().anyMatch(finding -> !isState(finding, NEVER_SEEN))) {
            findings.removeIf(finding -> isState(finding, NEVER_SEEN));
        }
        if (output.isJson()) {
            output.json(findings);
        } else if (findings.isEmpty()) {
            output.line(NEVER_SEEN);
        } else {
            show(findings);
        }
        return findings.stream()
                        .allMatch(finding -> isState(finding, NEVER_SEEN)
                                || (isState(finding, "UNKNOWN")
                                        && finding.path("method").isNull()))
                ? 1
                : 0;
    }

    private static boolean isState(JsonNode finding, String state) {
        return finding.path("state").asString().equals(state);
    }

    private void show(List<JsonNode> findings) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("STATE", "SOURCE", "METHOD", "IDENTITY", "MESSAGE", "AT", "REPLY", "REASON"));
        for (JsonNode finding : findings) {
            rows.add(List.of(
                    finding.path("state").asString(),
                    finding.path("source").asString(),
                    finding.path("service").asString() + "/" + orDash(finding, "method"),
                    finding.path("identity").asString(),
                    orDash(finding, "messageId"),
                    orDash(finding, "at"),
                    reply(finding),
                    finding.path("reason").asString()));
        }
        Table.of(rows).forEach(output::line);
    }

    private static String reply(JsonNode finding) {
        return finding.path("reply").isNull()
                ? orDash(finding, "replyBase64")
                : finding.path("reply").asString().replaceAll("\\p{Cntrl}", " ");
    }

    private static String orDash(JsonNode finding, String field) {
        JsonNode value = finding.path(field);
        return value.isNull() || value.isMissingNode() ? "-" : value.asString();
    }
}
