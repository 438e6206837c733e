package io.fairlead.starter.worker;

import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

/// Keeps the handlers of interruptible methods from being interrupted in a transaction, which would close the
/// transaction's connection: a handler that has begun one is not interrupted any more, and one that has been
/// interrupted cannot begin one.
///
/// Spring Boot gives a bean of this type to every transaction manager that it makes; others take it by
/// `ConfigurableTransactionManager.addListener`.
///
/// @since 0.1
public final class TransactionProtection implements TransactionExecutionListener {
    @Override
    public void beforeBegin(TransactionExecution transaction) {
        Interruption.beginTransaction();
    }
}
