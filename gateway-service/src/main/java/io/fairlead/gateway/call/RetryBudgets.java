package io.fairlead.gateway.call;

import java.util.HashMap;
import java.util.Map;

/// The retry budgets of one loop, by client and service. Beyond the limit the clients that come later share one,
/// so that their number stays bounded. Confined to the loop; looked up when a connection is opened or turns to
/// another service, not for each call.
public final class RetryBudgets {
    private final RetryProperties properties;
    private final double loopShare;
    private final Map<String, RetryBudget> budgets = new HashMap<>();
    private final RetryBudget overflow;

    /// @param loops among which a client's connections may be spread; each has that share of the floor
    public RetryBudgets(RetryProperties properties, int loops, long nowNanos) {
        this.properties = properties;
        this.loopShare = 1.0 / loops;
        this.overflow = ofConnection(nowNanos);
    }

    /// The budget of a client whose connections may be on any loop.
    ///
    /// @param client its identity
    public RetryBudget of(String client, String service, long nowNanos) {
        String key = client + '\n' + service;
        RetryBudget known = budgets.get(key);
        if (known != null) {
            return known;
        }
        if (budgets.size() >= properties.maxBudgets()) {
            return overflow;
        }
        RetryBudget made = new RetryBudget(properties.budgetPercent(), properties.budgetFloor() * loopShare, nowNanos);
        budgets.put(key, made);
        return made;
    }

    /// A budget of a client that is one connection; lives and ends with it.
    public RetryBudget ofConnection(long nowNanos) {
        return new RetryBudget(properties.budgetPercent(), properties.budgetFloor(), nowNanos);
    }
}
