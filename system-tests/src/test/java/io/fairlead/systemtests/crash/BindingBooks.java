package io.fairlead.systemtests.crash;

/// The books of one binding, as a gateway shows them.
record BindingBooks(
        String binding,
        long accepted,
        long done,
        long dead,
        long quarantined,
        long expired,
        long dropped,
        long damaged,
        long inFlight) {
    /// Accepted and not accounted for; 0 if the books balance.
    long missing() {
        return accepted - done - dead - quarantined - expired - dropped - damaged - inFlight;
    }

    /// Ended without having been handled.
    long setAside() {
        return dead + quarantined + expired + dropped + damaged;
    }
}
