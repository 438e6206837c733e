package io.fairlead.starter.inbox;

import java.sql.Connection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Runs work in a transaction of the application's, whose connection it is given. Thread-safe.
final class Transactions {
    private static final Logger log = LoggerFactory.getLogger(Transactions.class);

    /// An outage fails every call: one line in so long says enough.
    private static final long SAY_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final AtomicLong nextSayNanos = new AtomicLong(System.nanoTime());
    private final DataSource dataSource;
    private final PlatformTransactionManager manager;
    private final DefaultTransactionDefinition definition;

    Transactions(DataSource dataSource, PlatformTransactionManager manager) {
        this.dataSource = dataSource;
        this.manager = manager;
        this.definition = new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        definition.setName("fairlead inbox");
    }

    /// Work in a transaction.
    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T run(Connection connection) throws Throwable;
    }

    /// Commits when the work returns, rolls back when it throws.
    ///
    /// @throws NotRunException if there is no connection
    /// @throws InboxException.Commit if the commit failed, and may have happened
    <T extends @Nullable Object> T run(Work<T> work) throws Throwable {
        TransactionStatus status = begin();
        T result;
        try {
            result = work.run(DataSourceUtils.getConnection(dataSource));
        } catch (Throwable e) {
            rollback(status, e);
            throw e;
        }
        try {
            manager.commit(status);
        } catch (UnexpectedRollbackException e) {
            throw e; // the work asked for it
        } catch (RuntimeException e) {
            throw new InboxException.Commit(e);
        }
        return result;
    }

    private TransactionStatus begin() {
        try {
            return manager.getTransaction(definition);
        } catch (RuntimeException e) {
            sayNowAndThen(e);
            throw new NotRunException("the database cannot be reached", e);
        }
    }

    private void sayNowAndThen(RuntimeException e) {
        long now = System.nanoTime();
        long next = nextSayNanos.get();
        if (now - next >= 0 && nextSayNanos.compareAndSet(next, now + SAY_AGAIN_NANOS)) {
            log.warn("The inbox's database cannot be reached: calls with keys and messages are refused", e);
        }
    }

    private void rollback(TransactionStatus status, Throwable reason) {
        try {
            manager.rollback(status);
        } catch (RuntimeException e) {
            // The connection is gone, and the transaction with it.
            reason.addSuppressed(e);
        }
    }

    /// Whether the manager's transactions are on the data source's connections. Asked before a connection is
    /// taken, which would be bound to any transaction.
    boolean fit() {
        TransactionStatus status = begin();
        try {
            DataSource bound = dataSource instanceof TransactionAwareDataSourceProxy proxy
                    ? proxy.getTargetDataSource()
                    : dataSource;
            return bound != null && TransactionSynchronizationManager.hasResource(bound);
        } finally {
            manager.rollback(status);
        }
    }
}
