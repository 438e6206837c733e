package io.fairlead.cli.demo;

import io.fairlead.cli.suite.AdminRefusal;
import io.fairlead.cli.suite.AdminSite;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// The books of durable messages over all gateways, after the traffic.
///
/// @param gateways that were asked
/// @param acknowledged messages of which a client heard that they were on disk
/// @param accepted messages that the gateways kept: one whose acknowledgement was lost may be kept twice, and
///     has one effect
/// @param aside dead, quarantined, expired, dropped or damaged
/// @param inFlight still to be delivered
/// @param missing not accounted for
/// @param trouble of a store or gateway; empty if there is none
public record Books(
        int gateways,
        long acknowledged,
        long accepted,
        long done,
        long aside,
        long inFlight,
        long missing,
        String trouble) {
    private static final int POLL_MILLIS = 200;

    /// Acknowledged and not in the books.
    public long lost() {
        return Math.max(0, acknowledged - accepted) + Math.max(0, missing);
    }

    /// Whether they balance, nothing was lost, and nothing is left to do.
    public boolean isRight() {
        return trouble.isEmpty() && missing == 0 && lost() == 0 && inFlight == 0 && accepted == done + aside;
    }

    /// Waits until nothing is in flight, or the time is over.
    static Books await(List<AdminSite> gateways, long acknowledged, long limitNanos) throws InterruptedException {
        long deadline = System.nanoTime() + limitNanos;
        Books books = of(gateways, acknowledged);
        while ((books.inFlight() > 0 || !books.trouble().isEmpty()) && System.nanoTime() - deadline < 0) {
            // Nobody counts it down: a wait that ends by its time limit.
            new CountDownLatch(1).await(POLL_MILLIS, TimeUnit.MILLISECONDS);
            books = of(gateways, acknowledged);
        }
        return books;
    }

    private static Books of(List<AdminSite> gateways, long acknowledged) {
        long accepted = 0;
        long done = 0;
        long aside = 0;
        long inFlight = 0;
        long missing = 0;
        String trouble = "";
        Set<String> stores = new HashSet<>();
        for (AdminSite gateway : gateways) {
            try {
                JsonNode books = gateway.get("/admin/books");
                if (!books.path("trouble").isNull()) {
                    trouble = gateway.name() + ": " + books.path("trouble").asString();
                }
                if (!stores.add(books.path("id").asString())) {
                    continue;
                }
                JsonNode totals = books.path("totals");
                accepted += totals.path("accepted").asLong();
                done += totals.path("done").asLong();
                for (String state : List.of("dead", "quarantined", "expired", "dropped", "damaged")) {
                    aside += totals.path(state).asLong();
                }
                inFlight += totals.path("inFlight").asLong();
                missing += totals.path("missing").asLong();
            } catch (AdminRefusal e) {
                trouble = String.valueOf(e.getMessage());
            }
        }
        return new Books(gateways.size(), acknowledged, accepted, done, aside, inFlight, missing, trouble);
    }
}
