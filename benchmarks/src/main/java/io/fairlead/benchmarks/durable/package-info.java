/// Load on what else acknowledges durable messages: RabbitMQ, PostgreSQL, NATS JetStream.
///
/// Starting point: [DurableLoad].
@NullMarked
package io.fairlead.benchmarks.durable;

import org.jspecify.annotations.NullMarked;
