/// Load in a closed loop on what else acknowledges durable messages: RabbitMQ, PostgreSQL, NATS JetStream.
///
/// Starting point: [DurableLoad]. A [Peer] sends and tells the [Measurement] of each acknowledgement.
@NullMarked
package io.fairlead.benchmarks.durable;

import org.jspecify.annotations.NullMarked;
