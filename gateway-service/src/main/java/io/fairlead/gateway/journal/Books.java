package io.fairlead.gateway.journal;

/// The books of one binding: `accepted` = `done` + `dead` + `quarantined` + `expired` + `dropped` + `damaged`
/// + what is in flight, which is counted for itself.
///
/// @param inFlight READY and DELAYED rows, as counted in the store
public record Books(
        Binding binding,
        long accepted,
        long done,
        long dead,
        long quarantined,
        long expired,
        long dropped,
        long damaged,
        long inFlight) {

    /// Accepted and not accounted for; 0 if the books balance.
    public long missing() {
        return accepted - done - dead - quarantined - expired - dropped - damaged - inFlight;
    }
}
