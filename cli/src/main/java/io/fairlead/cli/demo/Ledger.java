package io.fairlead.cli.demo;

import io.fairlead.cli.suite.AdminRefusal;
import io.fairlead.cli.suite.AdminSite;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What the gateways' stores of durable messages have counted until a moment.
///
/// @param stores by their ids: gateways that share a store say the same of it
/// @param silent what was heard instead of the books of gateways
/// @param trouble of stores
record Ledger(Map<String, Figures> stores, List<String> silent, List<String> trouble) {
    /// Counts of a store.
    ///
    /// @param aside dead, quarantined, expired, dropped or damaged
    record Figures(long accepted, long done, long aside, long inFlight, long missing) {
        static final Figures NONE = new Figures(0, 0, 0, 0, 0);

        private static Figures of(JsonNode totals) {
            long aside = 0;
            for (String state : List.of("dead", "quarantined", "expired", "dropped", "damaged")) {
                aside += totals.path(state).asLong();
            }
            return new Figures(
                    totals.path("accepted").asLong(),
                    totals.path("done").asLong(),
                    aside,
                    totals.path("inFlight").asLong(),
                    totals.path("missing").asLong());
        }

        private Figures plus(Figures other, int sign) {
            return new Figures(
                    accepted + sign * other.accepted,
                    done + sign * other.done,
                    aside + sign * other.aside,
                    inFlight + sign * other.inFlight,
                    missing + sign * other.missing);
        }
    }

    /// What they say now.
    static Ledger of(List<AdminSite> gateways) {
        Map<String, Figures> stores = new LinkedHashMap<>();
        List<String> silent = new ArrayList<>();
        List<String> trouble = new ArrayList<>();
        for (AdminSite gateway : gateways) {
            try {
                JsonNode books = gateway.get("/admin/books");
                if (books.path("trouble").isNull()) {
                    stores.putIfAbsent(books.path("id").asString(), Figures.of(books.path("totals")));
                } else {
                    // Its figures are of an earlier moment.
                    trouble.add(gateway.name() + ": " + books.path("trouble").asString());
                }
            } catch (AdminRefusal e) {
                silent.add(String.valueOf(e.getMessage()));
            }
        }
        return new Ledger(stores, silent, trouble);
    }

    /// What has been counted since another moment.
    Figures since(Ledger before) {
        Figures sum = Figures.NONE;
        for (Map.Entry<String, Figures> store : stores.entrySet()) {
            sum = sum.plus(store.getValue(), 1).plus(before.stores.getOrDefault(store.getKey(), Figures.NONE), -1);
        }
        return sum;
    }

    /// Why it does not say all that is to be known; empty if it does.
    List<String> gaps() {
        return Stream.concat(silent.stream(), trouble.stream()).toList();
    }

    /// Why it does not say all that is to be known since another moment; empty if it does. A gateway that does not
    /// answer is missed only if nobody else has its store: it may hold messages.
    String gaps(Ledger before) {
        List<String> gaps = new ArrayList<>(trouble);
        List<String> unseen = before.stores.keySet().stream()
                .filter(id -> !stores.containsKey(id))
                .toList();
        if (!unseen.isEmpty()) {
            gaps.addAll(silent.isEmpty() ? List.of("no gateway has the store " + String.join(", ", unseen)) : silent);
        }
        return String.join("; ", gaps);
    }
}
