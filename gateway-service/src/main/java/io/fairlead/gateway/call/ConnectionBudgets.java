package io.fairlead.gateway.call;

import java.util.HashMap;
import java.util.Map;

/// The retry budgets of a client that is one connection, by service. Confined to its loop.
public final class ConnectionBudgets {
    /// Services beyond it share the budget of the last one.
    private static final int MAX = 64;

    private final RetryBudgets budgets;
    private final Map<String, RetryBudget> byService = new HashMap<>();
    private RetryBudget last;

    /// @param budgets of the loop
    /// @param nowNanos on the clock of `System.nanoTime`
    public ConnectionBudgets(RetryBudgets budgets, long nowNanos) {
        this.budgets = budgets;
        this.last = budgets.ofConnection(nowNanos);
    }

    /// The budget of a service; keep it.
    public RetryBudget of(String service, long nowNanos) {
        RetryBudget known = byService.get(service);
        if (known != null) {
            return known;
        }
        if (byService.size() < MAX) {
            last = byService.isEmpty() ? last : budgets.ofConnection(nowNanos);
            byService.put(service, last);
        }
        return last;
    }
}
