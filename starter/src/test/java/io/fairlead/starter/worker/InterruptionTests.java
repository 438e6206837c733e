package io.fairlead.starter.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.starter.Call;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.wire.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

class InterruptionTests {
    private final ApplicationContextRunner runner =
            WorkerCalls.runner().withBean(Sleeper.class, Sleeper::new).withBean(Transactions.class, Transactions::new);

    @Test
    void aCancelledCallInterruptsItsHandler() {
        runner.run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                Sleeper sleeper = context.getBean(Sleeper.class);
                CompletableFuture<Reply> call = calls.send("sleeper/sleep", "");
                assertThat(sleeper.entered.await(10, TimeUnit.SECONDS)).isTrue();

                call.cancel(false);

                assertThat(sleeper.outcome.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
                Awaitility.await().until(() -> context.getBean(Worker.class).inFlight() == 0);
            }
        });
    }

    @Test
    void aPassingDeadlineInterruptsItsHandlerThoughNobodyCancels() {
        runner.run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                CallException failure = calls.failure("sleeper/limited", "");

                assertThat(failure.status()).isEqualTo(Status.DEADLINE_EXCEEDED);
                assertThat(failure.certainlyNotRun()).isFalse();
                assertThat(failure).hasMessageContaining("the handler was interrupted");
            }
        });
    }

    @Test
    void aMethodThatDoesNotAskIsNotInterrupted() {
        runner.run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                Sleeper sleeper = context.getBean(Sleeper.class);
                CompletableFuture<Reply> call = calls.send("sleeper/stubborn", "");
                assertThat(sleeper.entered.await(10, TimeUnit.SECONDS)).isTrue();

                call.cancel(false);
                sleeper.open.countDown();

                assertThat(sleeper.outcome.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            }
        });
    }

    @Test
    void aHandlerThatHasBegunATransactionIsNotInterrupted() {
        runner.run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                Sleeper sleeper = context.getBean(Sleeper.class);
                sleeper.transactions =
                        context.getBean(Transactions.class).with(context.getBean(TransactionProtection.class));
                CompletableFuture<Reply> call = calls.send("sleeper/inTransaction", "");
                assertThat(sleeper.entered.await(10, TimeUnit.SECONDS)).isTrue();

                call.cancel(false);
                Awaitility.await().until(() -> sleeper.cancelled.getCount() == 0);
                sleeper.open.countDown();

                assertThat(sleeper.outcome.get(10, TimeUnit.SECONDS)).isEqualTo("committed");
            }
        });
    }

    @Test
    void anInterruptedHandlerCannotBeginATransaction() {
        Interruption interruption = new Interruption();
        interruption.interrupt();

        assertThatExceptionOfType(FairleadException.class)
                .isThrownBy(() -> new TransactionTemplate(new Transactions().with(new TransactionProtection()))
                        .executeWithoutResult(status -> {}))
                .satisfies(e -> assertThat(e.status()).isEqualTo(Status.CANCELLED));

        assertThat(interruption.end()).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void neverInterruptsWhatTheThreadDoesAfterTheHandlerHasEnded() throws Exception {
        for (int i = 0; i < 2000; i++) {
            Interruption interruption = new Interruption();
            Thread other = Thread.ofVirtual().start(interruption::interrupt);

            interruption.end();

            boolean left = Thread.interrupted();
            other.join();
            assertThat(left || Thread.interrupted()).isFalse();
        }
    }

    @Test
    void whatOthersInterruptStaysTheirs() {
        Interruption interruption = new Interruption();
        Thread.currentThread().interrupt();

        assertThat(interruption.end()).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }

    @FairleadService("sleeper")
    static class Sleeper {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch open = new CountDownLatch(1);
        final CountDownLatch cancelled = new CountDownLatch(1);
        final CompletableFuture<String> outcome = new CompletableFuture<>();
        volatile Transactions transactions;

        @Call(interruptible = true)
        void sleep() throws InterruptedException {
            entered.countDown();
            try {
                open.await();
                outcome.complete("done");
            } catch (InterruptedException e) {
                outcome.complete("interrupted");
                throw e;
            }
        }

        @Call(interruptible = true, timeout = "100ms")
        void limited() throws InterruptedException {
            open.await();
        }

        @Call
        void stubborn() throws InterruptedException {
            entered.countDown();
            open.await();
            outcome.complete(Thread.currentThread().isInterrupted() ? "interrupted" : "done");
        }

        @Call(interruptible = true)
        void inTransaction(CallContext context) {
            context.onCancel(cancelled::countDown);
            new TransactionTemplate(transactions).executeWithoutResult(status -> {
                entered.countDown();
                try {
                    open.await();
                    outcome.complete("committed");
                } catch (InterruptedException e) {
                    outcome.complete("interrupted in a transaction");
                }
            });
        }
    }

    static class Transactions extends AbstractPlatformTransactionManager {
        Transactions with(TransactionProtection protection) {
            addListener(protection);
            return this;
        }

        @Override
        protected Object doGetTransaction() {
            return new Object();
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {}

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }
}
