package io.fairlead.starter;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A method that finds out what became of an effect outside the database whose process has gone, for the
/// method of the same service with `effect = EXTERNAL` that [#value] names. Asked when the key comes again.
///
/// Takes the key as a `String` and, if it wants it, the payload as the method that it reconciles takes it;
/// returns a [Reconciliation]. An exception counts as [Reconciliation#unknown].
///
/// ```java
/// @Call(once = true, effect = Effect.EXTERNAL)
/// Receipt charge(Order order, CallContext context) { … }
///
/// @Reconcile("charge")
/// Reconciliation<Receipt> reconcileCharge(String key) {
///     return bank.find(key).map(Reconciliation::done).orElseGet(Reconciliation::notDone);
/// }
/// ```
///
/// @since 0.2
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Reconcile {
    /// Name in routes of the method whose effects it knows.
    String value();
}
