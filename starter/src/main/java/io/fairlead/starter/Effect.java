package io.fairlead.starter;

/// Where the work of a method that runs once for each key has its effect.
///
/// @since 0.2
public enum Effect {
    /// In the application's database, in the transaction that keeps the key: key, effect and reply are there
    /// together or not at all.
    DATABASE,

    /// Elsewhere, such as in another system. That the work has started is on disk before the method runs,
    /// outside a transaction. If the process dies meanwhile, what became of the effect is unknown until a
    /// [Reconcile] method says.
    EXTERNAL
}
