package io.fairlead.gateway.delivery;

import java.util.LinkedHashMap;
import java.util.Map;

/// What of the messages in flight is in memory.
///
/// @param messages in memory
/// @param bytes of their metadata and payloads
/// @param running being delivered
/// @param suspects waiting to be delivered alone, because their worker ended in an attempt
/// @param lanes that this gateway delivers
/// @param blocked routes that stand still at the moment, and why
public record DeliveryStatus(
        int messages, long bytes, int running, int suspects, int lanes, Map<String, String> blocked) {
    DeliveryStatus plus(DeliveryStatus other) {
        Map<String, String> both = new LinkedHashMap<>(blocked);
        both.putAll(other.blocked);
        return new DeliveryStatus(
                messages + other.messages,
                bytes + other.bytes,
                running + other.running,
                suspects + other.suspects,
                lanes + other.lanes,
                both);
    }
}
