package io.fairlead.link.discovery;

/// Where an instance keeps the keys of a method that runs once for each.
///
/// @param store tells stores apart: instances that name the same one share their keys, 1 to 128 characters
/// @param retentionMillis how long a key is kept after its effect, at least 1
/// @param receives whether the method takes durable messages, and those alone
public record KeyOffer(String store, long retentionMillis, boolean receives) {
    /// @throws IllegalArgumentException if a value is out of its bounds
    public KeyOffer {
        Bounds.text("store", store, 1, 128);
        Bounds.range("retentionMillis", retentionMillis, 1, Long.MAX_VALUE);
    }
}
