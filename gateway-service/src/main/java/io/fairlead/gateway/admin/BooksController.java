package io.fairlead.gateway.admin;

import io.fairlead.gateway.books.LatestBooks;
import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.DeliveryStatus;
import io.fairlead.gateway.journal.Books;
import io.fairlead.gateway.journal.StoreException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// `GET /admin/books`.
@RestController
@RequestMapping("/admin/books")
class BooksController {
    private final Deliveries deliveries;
    private final LatestBooks latest;

    BooksController(Deliveries deliveries, LatestBooks latest) {
        this.deliveries = deliveries;
        this.latest = latest;
    }

    /// @param store engine and place
    /// @param id of the store, with which the names of its messages begin
    /// @param shared whether the books are those of all gateways that use the store
    /// @param trouble why the store does not work; null if it does
    record BooksView(
            String store,
            String id,
            boolean shared,
            boolean balanced,
            @Nullable String trouble,
            List<Line> books,
            Figures totals,
            DeliveryStatus delivery) {}

    /// The books of a listener and a method.
    record Line(
            String listener,
            String service,
            String method,
            long accepted,
            long done,
            long dead,
            long quarantined,
            long expired,
            long dropped,
            long damaged,
            long inFlight,
            long missing) {
        static Line of(Books books) {
            return new Line(
                    books.binding().listener(),
                    books.binding().route().service(),
                    books.binding().route().method(),
                    books.accepted(),
                    books.done(),
                    books.dead(),
                    books.quarantined(),
                    books.expired(),
                    books.dropped(),
                    books.damaged(),
                    books.inFlight(),
                    books.missing());
        }
    }

    /// Their sums.
    record Figures(
            long accepted,
            long done,
            long dead,
            long quarantined,
            long expired,
            long dropped,
            long damaged,
            long inFlight,
            long missing) {
        static final Figures NONE = new Figures(0, 0, 0, 0, 0, 0, 0, 0, 0);

        Figures plus(Line line) {
            return new Figures(
                    accepted + line.accepted,
                    done + line.done,
                    dead + line.dead,
                    quarantined + line.quarantined,
                    expired + line.expired,
                    dropped + line.dropped,
                    damaged + line.damaged,
                    inFlight + line.inFlight,
                    missing + line.missing);
        }
    }

    @GetMapping
    BooksView books() {
        LatestBooks.Seen seen = latest.read();
        StoreException trouble = deliveries.journal().trouble();
        if (trouble == null) {
            trouble = seen.trouble();
        }
        List<Line> lines = seen.books().stream().map(Line::of).toList();
        Figures totals = Figures.NONE;
        for (Line line : lines) {
            totals = totals.plus(line);
        }
        return new BooksView(
                deliveries.journal().store().description(),
                deliveries.journal().store().id(),
                deliveries.journal().store().isShared(),
                seen.isBalanced(),
                trouble == null ? null : trouble.kind() + ": " + trouble.getMessage(),
                lines,
                totals,
                seen.delivery());
    }
}
