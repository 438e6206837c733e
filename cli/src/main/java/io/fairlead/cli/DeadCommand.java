package io.fairlead.cli;

import io.fairlead.cli.suite.AdminRefusal;
import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.Pause;
import io.fairlead.cli.suite.SuiteException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `./fairlead dead`.
@Command(
        name = "dead",
        mixinStandardHelpOptions = true,
        description = {
            "Shows durable messages that were given up or set aside, has them delivered again, or ends them for good.",
            "Where several gateways run, ids are those that `dead list` shows; each gateway's audit log says who did what."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:not done, for the reason that is printed", "2:wrong usage"})
final class DeadCommand implements Callable<Integer> {
    private static final String SET_ASIDE = "dead,quarantined,damaged";
    private static final int POLL_MILLIS = 200;

    enum Action {
        LIST,
        SHOW,
        REPLAY,
        DROP
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final AdminOptions admin = new AdminOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "ACTION",
            description = "${COMPLETION-CANDIDATES} (default: LIST).")
    private Action action = Action.LIST;

    @Parameters(index = "1", arity = "0..1", paramLabel = "ID", description = "Of the message to show, replay or drop.")
    private @Nullable String id;

    @Option(
            names = "--all",
            description = "Replay all that --state, --service and --limit choose, but for those that were.")
    private boolean all;

    @Option(
            names = "--state",
            paramLabel = "STATES",
            description =
                    "Of those to list or replay, with commas: dead, quarantined, damaged, expired; for the list also "
                            + "ready, delayed, done, dropped. Default: " + SET_ASIDE + "; for --all: dead.")
    private @Nullable String state;

    @Option(names = "--service", paramLabel = "NAME", description = "Default: all services.")
    private @Nullable String service;

    @Option(names = "--limit", paramLabel = "N", description = "Most messages, 1 to 1000 (default: 100; --all: 1000).")
    private int limit;

    @Option(
            names = "--per-second",
            paramLabel = "N",
            description = "With --all: most messages a second (default: ${DEFAULT-VALUE}).")
    private int perSecond = 100;

    @Override
    public Integer call() throws InterruptedException {
        requireId();
        switch (action) {
            case LIST -> list();
            case SHOW -> show(at(site -> site.get(path(""))));
            case DROP -> tell(at(site -> site.post(path("/drop"))));
            case REPLAY -> {
                if (all) {
                    return replayAll() ? 0 : 1;
                }
                tell(at(site -> site.post(path("/replay"))));
            }
        }
        return 0;
    }

    /// Nobody is asked for what nobody has named.
    private void requireId() {
        boolean needed = action != Action.LIST && !all;
        if (needed && id == null) {
            throw new ParameterException(spec.commandLine(), "ID: none (expected: one that `dead list` shows)");
        }
        if (!needed && id != null) {
            throw new ParameterException(spec.commandLine(), "ID: " + id + " (expected: none to list, or with --all)");
        }
        if (all && action != Action.REPLAY) {
            throw new ParameterException(spec.commandLine(), "--all: with " + action + " (expected: with REPLAY)");
        }
    }

    private String path(String rest) {
        return "/admin/messages/" + AdminSite.encoded(String.valueOf(id)) + rest;
    }

    /// The answer of the gateway whose journal has the message.
    private JsonNode at(Function<AdminSite, JsonNode> ask) {
        List<AdminSite> sites = admin.sites();
        if (id != null && sites.size() > 1 && !id.contains("-")) {
            throw new ParameterException(
                    spec.commandLine(),
                    "ID: " + id + " (expected: as `dead list` shows it, because there are several gateways)");
        }
        AdminRefusal last = null;
        for (AdminSite site : sites) {
            try {
                return ask.apply(site);
            } catch (AdminRefusal e) {
                if (!e.isNotFound()) {
                    throw e;
                }
                last = e;
            }
        }
        throw last == null ? new SuiteException("no gateway is running") : last;
    }

    private String query(String states, int most) {
        Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
        parameters.put("state", state == null ? states : state);
        parameters.put("service", service);
        parameters.put("limit", limit == 0 ? most : limit);
        return AdminSite.query(parameters);
    }

    private void list() {
        List<JsonNode> messages = new ArrayList<>();
        Set<Long> more = new HashSet<>();
        Set<String> seen = new HashSet<>();
        for (AdminSite site : admin.sites()) {
            JsonNode page = site.get("/admin/messages" + query(SET_ASIDE, 100));
            for (JsonNode message : page.path("messages")) {
                // Gateways that share a store show the same messages.
                if (seen.add(message.path("id").asString())) {
                    messages.add(message);
                }
            }
            if (!page.path("before").isNull()) {
                more.add(page.path("before").asLong());
            }
        }
        if (output.isJson()) {
            output.json(messages);
            return;
        }
        if (messages.isEmpty()) {
            output.line("no such messages");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "STATE", "METHOD", "KEY", "ATTEMPTS", "ENDED", "REASON"));
        messages.forEach(message -> rows.add(List.of(
                message.path("id").asString(),
                message.path("state").asString() + (message.path("replayedAs").isEmpty() ? "" : ", replayed"),
                message.path("service").asString() + "/"
                        + message.path("method").asString(),
                orDash(message.path("key")),
                message.path("attempts").asString(),
                orDash(message.path("endedAt")),
                message.path("reason").asString())));
        Table.of(rows).forEach(output::line);
        if (!more.isEmpty()) {
            output.line("there are more: --limit shows up to 1000");
        }
    }

    private static String orDash(JsonNode value) {
        return value.isNull() || value.isMissingNode() ? "-" : value.asString();
    }

    private void show(JsonNode whole) {
        if (output.isJson()) {
            output.json(whole);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        whole.path("message").properties().forEach(field -> {
            if (!field.getValue().isNull()) {
                rows.add(List.of(field.getKey(), told(field.getValue())));
            }
        });
        rows.add(List.of("identity", whole.path("identity").asString()));
        rows.add(List.of("intact", whole.path("intact").asString()));
        whole.path("metadata")
                .properties()
                .forEach(entry -> rows.add(
                        List.of("metadata " + entry.getKey(), entry.getValue().asString())));
        Table.of(rows).forEach(output::line);
        for (JsonNode attempt : whole.path("history")) {
            output.line("attempt " + attempt.path("number").asString() + " at "
                    + attempt.path("at").asString() + " by "
                    + attempt.path("instance").asString() + ": "
                    + attempt.path("status").asString() + ", "
                    + attempt.path("reason").asString()
                    + (attempt.path("crashed").asBoolean() ? " (ended with its worker)" : ""));
        }
        output.line("payload, " + whole.path("message").path("payloadBytes").asString() + " bytes"
                + (whole.path("payload").isNull() ? ", in Base64" : "")
                + (whole.path("truncated").asBoolean() ? ", the first of them" : "") + ":");
        output.line((whole.path("payload").isNull() ? whole.path("payloadBase64") : whole.path("payload")).asString());
    }

    private static String told(JsonNode value) {
        return value.isValueNode() ? value.asString() : value.toString();
    }

    private void tell(JsonNode done) {
        if (output.isJson()) {
            output.json(done);
        } else {
            output.line(done.path("id").asString() + " is " + done.path("state").asString() + ": "
                    + done.path("detail").asString());
        }
    }

    /// @return whether all gateways have finished well
    private boolean replayAll() throws InterruptedException {
        boolean well = true;
        Map<String, JsonNode> ended = new LinkedHashMap<>();
        Set<String> stores = new HashSet<>();
        for (AdminSite site : admin.sites()) {
            if (!stores.add(site.get("/admin/books").path("id").asString())) {
                continue;
            }
            JsonNode progress = site.post("/admin/messages/replay" + query("dead", 1000) + "&perSecond=" + perSecond);
            while (progress.path("state").asString().equals("RUNNING")) {
                Pause.millis(POLL_MILLIS);
                progress = site.get("/admin/messages/replay");
            }
            ended.put(site.name(), progress);
            well &= progress.path("state").asString().equals("FINISHED")
                    && progress.path("refused").asInt() == 0;
            if (!output.isJson()) {
                output.line(site.name() + ": " + progress.path("replayed").asString() + " replayed, "
                        + progress.path("skipped").asString() + " had been before, "
                        + progress.path("refused").asString() + " refused"
                        + (progress.path("reason").asString().isEmpty()
                                ? ""
                                : ": " + progress.path("reason").asString()));
            }
        }
        if (output.isJson()) {
            output.json(ended);
        }
        return well;
    }
}
