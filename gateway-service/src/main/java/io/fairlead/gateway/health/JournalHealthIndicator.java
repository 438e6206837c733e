package io.fairlead.gateway.health;

import io.fairlead.gateway.books.LatestBooks;
import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.journal.Books;
import io.fairlead.gateway.journal.StoreException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/// Whether durable messages can be kept, and whether all that were kept are accounted for.
///
/// Not a part of readiness: a gateway whose disk is full refuses durable messages in words, and still serves
/// calls.
@Component("journal")
class JournalHealthIndicator extends AbstractHealthIndicator {
    private final Deliveries deliveries;
    private final LatestBooks latest;

    JournalHealthIndicator(Deliveries deliveries, LatestBooks latest) {
        super("The journal's health could not be determined");
        this.deliveries = deliveries;
        this.latest = latest;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        LatestBooks.Seen seen = latest.seen();
        builder.withDetail("store", deliveries.journal().store().description())
                .withDetail("waiting", deliveries.journal().waiting())
                .withDetail("books", totals(seen.books()));
        StoreException trouble = deliveries.journal().trouble();
        if (trouble == null) {
            trouble = seen.trouble();
        }
        if (!seen.delivery().blocked().isEmpty()) {
            builder.withDetail("blocked", seen.delivery().blocked());
        }
        if (trouble != null) {
            builder.down()
                    .withDetail("kind", trouble.kind().name())
                    .withDetail("reason", String.valueOf(trouble.getMessage()))
                    .withDetail("remedy", remedy(trouble.kind()));
        } else if (!seen.isBalanced()) {
            builder.down()
                    .withDetail("reason", "the books do not balance: " + seen.missing() + " messages are missing")
                    .withDetail(
                            "remedy",
                            "keep a copy of the store, find out which (GET /admin/books, GET /admin/messages), and report it");
        } else {
            builder.up();
        }
    }

    private static Map<String, Long> totals(List<Books> books) {
        Map<String, Long> totals = new LinkedHashMap<>();
        totals.put("accepted", sum(books, Books::accepted));
        totals.put("done", sum(books, Books::done));
        totals.put("dead", sum(books, Books::dead));
        totals.put("quarantined", sum(books, Books::quarantined));
        totals.put("expired", sum(books, Books::expired));
        totals.put("dropped", sum(books, Books::dropped));
        totals.put("damaged", sum(books, Books::damaged));
        totals.put("inFlight", sum(books, Books::inFlight));
        totals.put("missing", sum(books, Books::missing));
        return totals;
    }

    private static long sum(List<Books> books, ToLongFunction<Books> figure) {
        return books.stream().mapToLong(figure).sum();
    }

    private static String remedy(StoreException.Kind kind) {
        return switch (kind) {
            case FULL -> "make room on the disk of the journal; new messages are refused until there is some";
            case UNAVAILABLE ->
                "see that the journal's file or database can be reached and written; it is tried again"
                        + " all the time, and new messages are refused until it works";
            case UNCERTAIN ->
                "look at the disk: a commit failed. Messages that were not acknowledged may be kept, and are"
                        + " delivered if they are";
            case DAMAGED ->
                "restore the journal from a backup, or recover it (sqlite3 FILE .recover); keep a copy first";
        };
    }
}
