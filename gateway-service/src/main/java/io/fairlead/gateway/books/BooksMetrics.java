package io.fairlead.gateway.books;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.DeliveryStatus;
import io.fairlead.gateway.journal.Books;
import io.fairlead.gateway.journal.Journal;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// The meters of durable messages. They show what [LatestBooks] saw last, so a scrape never waits for the
/// store; where gateways share one, each shows the books of all.
@Component
final class BooksMetrics implements MeterBinder {
    private static final Map<String, ToLongFunction<Books>> STATES = new LinkedHashMap<>();

    static {
        STATES.put("accepted", Books::accepted);
        STATES.put("done", Books::done);
        STATES.put("dead", Books::dead);
        STATES.put("quarantined", Books::quarantined);
        STATES.put("expired", Books::expired);
        STATES.put("dropped", Books::dropped);
        STATES.put("damaged", Books::damaged);
    }

    private final LatestBooks latest;
    private final Journal journal;
    private final Set<Account> registered = ConcurrentHashMap.newKeySet();
    private volatile @Nullable MeterRegistry registry;

    /// What the meters are kept by.
    private record Account(String listener, String service) {
        static Account of(Books books) {
            return new Account(
                    books.binding().listener(), books.binding().route().service());
        }
    }

    BooksMetrics(LatestBooks latest, Deliveries deliveries) {
        this.latest = latest;
        this.journal = deliveries.journal();
    }

    @Override
    public void bindTo(MeterRegistry target) {
        gauge(target, "fairlead.journal.waiting", "Messages that wait to be on disk", self -> self.journal.waiting());
        gauge(
                target,
                "fairlead.journal.trouble",
                "1 while the journal cannot be written or read",
                self -> self.journal.trouble() == null && self.latest.seen().trouble() == null ? 0 : 1);
        FunctionTimer.builder(
                        "fairlead.journal.commits",
                        journal,
                        Journal::commits,
                        Journal::commitNanos,
                        TimeUnit.NANOSECONDS)
                .description("Transactions of the journal, from its queues to the disk")
                .register(target);
        FunctionCounter.builder("fairlead.journal.committed", journal, Journal::committed)
                .description("Messages that this gateway has put on disk")
                .register(target);
        delivery(target, "messages", "Messages in flight that are in memory", DeliveryStatus::messages);
        delivery(target, "bytes", "Bytes of the messages in flight that are in memory", DeliveryStatus::bytes);
        delivery(target, "running", "Messages being delivered", DeliveryStatus::running);
        delivery(
                target,
                "suspects",
                "Messages that are delivered one at a time, because a worker ended in an attempt",
                DeliveryStatus::suspects);
        delivery(target, "lanes", "Lanes that this gateway delivers", DeliveryStatus::lanes);
        delivery(
                target,
                "blocked",
                "Methods that get no messages at the moment",
                status -> status.blocked().size());
        registry = target;
        refresh();
    }

    /// Registers the meters of listeners and services that are new.
    @Scheduled(fixedRateString = "PT2S")
    void refresh() {
        MeterRegistry target = registry;
        if (target != null) {
            latest.seen().books().stream()
                    .map(Account::of)
                    .filter(registered::add)
                    .forEach(account -> register(target, account));
        }
    }

    private void register(MeterRegistry target, Account account) {
        Tags tags = Tags.of("listener", account.listener(), "service", account.service());
        STATES.forEach(
                (state, figure) -> FunctionCounter.builder("fairlead.messages", this, self -> self.sum(account, figure))
                        .description("Durable messages: accepted, and how they ended")
                        .tags(tags.and("state", state))
                        .register(target));
        Gauge.builder("fairlead.messages.in.flight", this, self -> self.sum(account, Books::inFlight))
                .description("Durable messages that are still to be delivered")
                .tags(tags)
                .register(target);
        Gauge.builder("fairlead.messages.missing", this, self -> self.sum(account, Books::missing))
                .description("Durable messages that are not accounted for: anything but 0 is an alarm")
                .tags(tags)
                .register(target);
    }

    private double sum(Account account, ToLongFunction<Books> figure) {
        return latest.seen().books().stream()
                .filter(books -> Account.of(books).equals(account))
                .mapToLong(figure)
                .sum();
    }

    private void delivery(
            MeterRegistry target, String name, String description, ToDoubleFunction<DeliveryStatus> figure) {
        gauge(
                target,
                "fairlead.delivery." + name,
                description,
                self -> figure.applyAsDouble(self.latest.seen().delivery()));
    }

    private void gauge(MeterRegistry target, String name, String description, ToDoubleFunction<BooksMetrics> value) {
        Gauge.builder(name, this, value).description(description).register(target);
    }
}
