package io.fairlead.starter;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A method of a [FairleadService] that answers calls.
///
/// **Parameters**: at most one payload and at most one [CallContext], in any order. The payload comes as it is
/// (`byte[]`), as UTF-8 (`String`), or read from JSON (every other type). A payload that cannot be read ends
/// the call with INVALID_ARGUMENT before the method is called.
///
/// **Return type**: `void` (an empty reply), `byte[]`, `String`, any other type written as JSON, or a
/// `CompletionStage` of one of these. `null` is an empty reply, or `null` in JSON.
///
/// **Exceptions**: a [FairleadException] ends the call with its status and message; any other with INTERNAL
/// and a message that says nothing of the cause, which is logged.
///
/// Each call has a virtual thread of its own, so the method may block, unless it says otherwise ([#blocking]).
///
/// @since 0.1
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Call {
    /// Name of the method in routes; that of the Java method if empty.
    String value() default "";

    /// Whether running the method twice does no harm. If so, gateways repeat a call elsewhere when the worker
    /// that had it dies; if not, its client hears UNKNOWN ("may have run").
    boolean idempotent() default false;

    /// Whether the method runs once in effect for each idempotency key of a client: the key, what the method
    /// does through the application's `DataSource` and its reply are committed in one transaction. A repeated
    /// call gets the stored reply, and gateways repeat it elsewhere when the worker that had it dies. A key
    /// that comes with another payload is refused with FAILED_PRECONDITION. An exception rolls the transaction
    /// back and is not stored.
    ///
    /// A call without a key runs at most once, in a transaction, as if this were false. The method returns its
    /// value itself, no `CompletionStage`, and cannot be interruptible.
    boolean once() default false;

    /// Where the work has its effect, for a method that is [#once].
    Effect effect() default Effect.DATABASE;

    /// Longest a call may take, from when a gateway or this worker takes it to the answer, such as `2s` or
    /// `500ms`; at most a day. Gateways answer DEADLINE_EXCEEDED then, unless a shorter deadline of the client
    /// or the listener came first. Empty or `0` = no limit of the method's own.
    String timeout() default "";

    /// Whether the method's thread is interrupted when nobody waits for its answer any more: the caller
    /// cancelled or went away, or the deadline passed. Off, a method learns of it from [CallContext] alone.
    ///
    /// An interrupt ends a sleep or a wait with an exception, and closes a socket that the thread uses, so it
    /// must not come while a database connection works. A method or class that is `@Transactional` cannot be
    /// interruptible: the start fails. Where Spring manages transactions, a handler that has begun one is not
    /// interrupted any more, and one that has been interrupted cannot begin one. What uses a pooled
    /// connection without a Spring transaction must not be interruptible.
    ///
    /// An interrupt never comes after the method has returned. Whatever the method throws after one counts as
    /// CANCELLED or DEADLINE_EXCEEDED.
    boolean interruptible() default false;

    /// Whether the method may block or takes more than some microseconds. If not, it is called on the event
    /// loop that read the call, which saves the hand-over to a thread and back: most of what a call costs a
    /// worker that has little to do. While it runs, that loop does nothing else, not even answer heartbeats;
    /// one that takes 100 ms is reported in the log. What goes on elsewhere returns a `CompletionStage`.
    ///
    /// A method that does not block can be neither [#once], nor [#interruptible], nor `@Transactional`.
    boolean blocking() default true;
}
