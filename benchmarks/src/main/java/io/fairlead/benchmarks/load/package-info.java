/// Load by client libraries in Java: what the load generator in C is for connections of their own.
///
/// Starting point: [Load]. A [Peer] sends and tells the [Measurement] of each answer.
@NullMarked
package io.fairlead.benchmarks.load;

import org.jspecify.annotations.NullMarked;
