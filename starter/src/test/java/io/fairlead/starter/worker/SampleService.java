package io.fairlead.starter.worker;

import io.fairlead.starter.Call;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.FairleadService;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A method of every kind.
@FairleadService("sample")
class SampleService {
    record Order(String item, int count) {}

    record Receipt(String item, int total) {}

    final CountDownLatch waiting = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);
    volatile CountDownLatch gate = new CountDownLatch(0);

    @Call
    byte[] bytes(byte[] payload) {
        return payload;
    }

    @Call
    String hello(String name) {
        return "Hello " + name;
    }

    @Call
    Receipt place(Order order) {
        return new Receipt(order.item(), 2 * order.count());
    }

    @Call
    List<Receipt> all(List<Order> orders) {
        return orders.stream().map(this::place).toList();
    }

    @Call
    int twice(int number) {
        return 2 * number;
    }

    @Call
    CompletionStage<Receipt> later(String item) {
        return CompletableFuture.supplyAsync(() -> new Receipt(item, 1));
    }

    @Call
    void nothing() {}

    @Call
    CompletableFuture<Void> nothingLater() {
        return CompletableFuture.runAsync(() -> {});
    }

    @Call
    @Nullable String absent() {
        return null;
    }

    @Call("other-name")
    String named() {
        return "named";
    }

    @Call
    void busy() {
        throw new FairleadException(Status.ABORTED, "come back later", Duration.ofMillis(1500), null);
    }

    @Call
    void broken() {
        throw new IllegalStateException("password=hunter2");
    }

    @Call
    void overflow() {
        throw new StackOverflowError();
    }

    @Call
    CompletionStage<String> failsLater() {
        return CompletableFuture.failedFuture(
                new CompletionException(new FairleadException(Status.NOT_FOUND, "no such order")));
    }

    @Call
    @Nullable CompletionStage<String> noStage() {
        return null;
    }

    @Call
    String context(CallContext context) {
        context.replyMetadata("x-served-by", "sample");
        return context.route() + " " + context.idempotencyKey().orElse("") + " "
                + context.orderingKey().orElse("") + " "
                + context.identity().orElse("") + " "
                + context.timeLeft().isPositive() + " " + context.isCancelled() + " "
                + context.remoteAddress().split(":")[0];
    }

    @Call(blocking = false)
    String loop(String text) {
        if (text.isEmpty()) {
            throw new IllegalStateException("no text");
        }
        return Thread.currentThread().getName() + " " + Thread.currentThread().isVirtual();
    }

    @Call(blocking = false)
    CompletionStage<String> leavesTheLoop() {
        return CompletableFuture.supplyAsync(() -> Thread.currentThread().getName());
    }

    @Call
    String thread() {
        return Thread.currentThread().getName() + " " + Thread.currentThread().isVirtual();
    }

    @Call
    void waitForCancel(CallContext context) throws InterruptedException {
        context.onCancel(cancelled::countDown);
        waiting.countDown();
        cancelled.await();
    }

    @Call
    void gated() throws InterruptedException {
        gate.await();
    }
}
