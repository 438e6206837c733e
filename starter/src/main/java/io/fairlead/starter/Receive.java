package io.fairlead.starter;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A method of a [FairleadService] that takes durable messages, and those alone.
///
/// A message is delivered until the method's transaction has committed, and has one effect: its key (the
/// client's idempotency key, else the message's id), what the method did through the application's
/// `DataSource`, and its reply are committed in one transaction. Several messages may share a transaction; if
/// one of them fails, all are rolled back and each is run again alone. What a method does elsewhere than in
/// the database may so happen more than once.
///
/// **Parameters and return type** are those of a [Call], but for `CompletionStage`.
///
/// **Exceptions** roll the transaction back. A [FairleadException] with INVALID_ARGUMENT, NOT_FOUND,
/// ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED or DATA_LOSS makes the
/// message a dead letter; after any other the delivery is tried again later.
///
/// @since 0.2
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Receive {
    /// Name of the method in routes; that of the Java method if empty.
    String value() default "";

    /// Longest a delivery may take, such as `2s` or `500ms`; at most a day. Empty or `0` = no limit of the
    /// method's own.
    String timeout() default "";

    /// Where the work has its effect.
    Effect effect() default Effect.DATABASE;
}
