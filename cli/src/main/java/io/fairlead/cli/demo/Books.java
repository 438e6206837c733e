package io.fairlead.cli.demo;

import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.Pause;
import java.util.List;
import java.util.function.Consumer;

/// The books of durable messages over all gateways: what the traffic has added to them.
///
/// @param gateways that were asked
/// @param acknowledged messages of which a client heard that they were on disk
/// @param accepted messages that the gateways kept: one whose acknowledgement was lost may be kept twice, and
///     has one effect
/// @param aside dead, quarantined, expired, dropped or damaged
/// @param inFlight still to be delivered; less than 0 if earlier messages were delivered meanwhile
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

    static Books of(int gateways, long acknowledged, Ledger before, Ledger now) {
        Ledger.Figures added = now.since(before);
        return new Books(
                gateways,
                acknowledged,
                added.accepted(),
                added.done(),
                added.aside(),
                added.inFlight(),
                added.missing(),
                now.gaps(before));
    }

    /// Acknowledged and not in the books.
    public long lost() {
        return Math.max(0, acknowledged - accepted) + Math.max(0, missing);
    }

    /// Whether they balance, nothing was lost, and nothing is left to do.
    public boolean isRight() {
        return trouble.isEmpty() && missing == 0 && lost() == 0 && inFlight <= 0 && accepted == done + aside + inFlight;
    }

    /// Waits until nothing more is in flight than before, or the time is over.
    ///
    /// @param says hears what is waited for, but for what is in flight
    static Books await(
            List<AdminSite> gateways, long acknowledged, Ledger before, long limitNanos, Consumer<String> says)
            throws InterruptedException {
        long deadline = System.nanoTime() + limitNanos;
        String said = "";
        while (true) {
            Books books = of(gateways.size(), acknowledged, before, Ledger.of(gateways));
            boolean isSettled = books.inFlight() <= 0 && books.trouble().isEmpty();
            if (isSettled || System.nanoTime() - deadline > 0) {
                return books;
            }
            if (!books.trouble().isEmpty() && !books.trouble().equals(said)) {
                said = books.trouble();
                says.accept("waiting for the books: " + said);
            }
            Pause.millis(POLL_MILLIS);
        }
    }
}
