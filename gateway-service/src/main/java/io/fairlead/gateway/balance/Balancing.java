package io.fairlead.gateway.balance;

/// How one gateway balances. Immutable.
///
/// @param properties as configured
/// @param zone where it runs; empty = unknown
/// @param gateway its name, which no other gateway has
public record Balancing(BalanceProperties properties, String zone, String gateway) {
    /// How load is judged.
    public LoadSettings loads() {
        return properties.loads();
    }

    /// Which workers to link to.
    public Subset subset() {
        return new Subset(gateway, properties.subsetSize(), properties.subsetCoverage());
    }

    /// How calls of a service are balanced.
    public PickSettings picks(String service) {
        return properties.picks(service, zone);
    }
}
