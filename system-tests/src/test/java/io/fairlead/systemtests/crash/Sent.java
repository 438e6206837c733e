package io.fairlead.systemtests.crash;

/// A message or call of a producer; sent again and again until it is acknowledged.
///
/// @param number its place in what the producer sends, from 0
/// @param key number of its ordering key
record Sent(String producer, int number, int key) {
    /// The idempotency key, and the id in the effect.
    String id() {
        return producer + "-" + number;
    }

    String orderingKey() {
        return producer + "/" + key;
    }
}
