/// Calls from a Java service to a Java service: ours through the gateway, gRPC, Dubbo, NATS and RSocket.
///
/// Starting point: [RpcLoad] for the callers, `*Echo` for what they call. A [CallPeer] makes calls, each in a [Slot].
@NullMarked
package io.fairlead.benchmarks.rpc;

import org.jspecify.annotations.NullMarked;
