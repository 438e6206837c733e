package io.fairlead.starter;

import org.jspecify.annotations.Nullable;

/// What became of an effect outside the database.
///
/// @param <T> what the method returns whose effect it was
/// @since 0.2
public sealed interface Reconciliation<T> {
    /// It happened; this is what the method would have returned.
    static <T> Reconciliation<T> done(@Nullable T reply) {
        return new Done<>(reply);
    }

    /// It certainly did not happen and will not any more: the method may run again.
    static <T> Reconciliation<T> notDone() {
        return new NotDone<>();
    }

    /// Nobody knows yet: the caller hears UNKNOWN and may ask again.
    static <T> Reconciliation<T> unknown() {
        return new Unknown<>();
    }

    /// See [Reconciliation#done].
    record Done<T>(@Nullable T reply) implements Reconciliation<T> {}

    /// See [Reconciliation#notDone].
    record NotDone<T>() implements Reconciliation<T> {}

    /// See [Reconciliation#unknown].
    record Unknown<T>() implements Reconciliation<T> {}
}
