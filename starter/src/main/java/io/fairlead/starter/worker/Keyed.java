package io.fairlead.starter.worker;

import io.fairlead.starter.Effect;
import io.fairlead.starter.inbox.Reconciler;
import org.jspecify.annotations.Nullable;

/// How a method keeps keys.
///
/// @param receives whether it takes durable messages, and those alone
/// @param reconciler null if the application has none
record Keyed(boolean receives, Effect effect, @Nullable Reconciler reconciler) {}
