/// The way of durable messages through the gateway: [Intake] takes them to the journal, [Deliveries] brings
/// them from there to workers until a handler has committed, or they are given up.
///
/// Thread rule: each loop has an intake and a [LoopDeliveries] of its own, confined to it; a lane's messages
/// are delivered by one loop. What blocks, reading from the store and claiming lanes, runs on threads of
/// [Deliveries].
@NullMarked
package io.fairlead.gateway.delivery;

import org.jspecify.annotations.NullMarked;
