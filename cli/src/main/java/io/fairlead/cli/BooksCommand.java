package io.fairlead.cli;

import io.fairlead.cli.suite.AdminSite;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// `./fairlead books`.
@Command(
        name = "books",
        mixinStandardHelpOptions = true,
        description =
                "Shows the books of durable messages: accepted = done + dead + quarantined + expired + dropped + damaged "
                        + "+ in flight.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:they balance, and every store works", "1:not so"})
final class BooksCommand implements Callable<Integer> {
    private static final List<String> FIGURES =
            List.of("accepted", "done", "dead", "quarantined", "expired", "dropped", "damaged", "inFlight", "missing");

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final AdminOptions admin = new AdminOptions();

    @Override
    public Integer call() {
        Map<String, JsonNode> byGateway = new LinkedHashMap<>();
        Set<String> stores = new HashSet<>();
        for (AdminSite site : admin.sites()) {
            JsonNode books = site.get("/admin/books");
            // Gateways that share a store have the same books.
            if (stores.add(books.path("id").asString())) {
                byGateway.put(site.name(), books);
            }
        }
        if (output.isJson()) {
            output.json(byGateway);
        } else {
            byGateway.forEach(this::show);
        }
        boolean well = byGateway.values().stream()
                .allMatch(books -> books.path("balanced").asBoolean()
                        && books.path("trouble").isNull());
        return well ? 0 : 1;
    }

    private void show(String gateway, JsonNode books) {
        output.line(gateway + ": " + books.path("store").asString()
                + (books.path("shared").asBoolean() ? ", shared with other gateways" : ""));
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("LISTENER, METHOD"));
        FIGURES.forEach(figure -> head.add(figure.equals("inFlight") ? "IN FLIGHT" : figure.toUpperCase(Locale.ROOT)));
        rows.add(head);
        books.path("books")
                .forEach(line -> rows.add(row(
                        line.path("listener").asString() + ", "
                                + line.path("service").asString() + "/"
                                + line.path("method").asString(),
                        line)));
        rows.add(row("total", books.path("totals")));
        Table.ofFigures(rows).forEach(output::line);
        books.path("delivery")
                .path("blocked")
                .properties()
                .forEach(blocked -> output.line("messages of " + blocked.getKey() + " wait: "
                        + blocked.getValue().asString()));
        if (!books.path("trouble").isNull()) {
            output.line("THE STORE DOES NOT WORK: " + books.path("trouble").asString());
        }
        output.line(books.path("balanced").asBoolean() ? "The books balance." : "THE BOOKS DO NOT BALANCE.");
        output.line("");
    }

    private static List<String> row(String name, JsonNode figures) {
        List<String> row = new ArrayList<>(List.of(name));
        FIGURES.forEach(figure ->
                row.add(String.format(Locale.ROOT, "%,d", figures.path(figure).asLong())));
        return row;
    }
}
