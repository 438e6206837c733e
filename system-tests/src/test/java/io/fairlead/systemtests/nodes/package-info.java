/// Processes on hosts, as the benches of faults and crashes start them.
///
/// Starting points: [NodeProcess] is one JVM; a [Host] is an address that it binds to, so that all processes of
/// a role have the same [BenchPorts].
@NullMarked
package io.fairlead.systemtests.nodes;

import org.jspecify.annotations.NullMarked;
