/// JMH benchmarks of the wire protocol's codec: what one frame costs apart from sockets.
@NullMarked
package io.fairlead.benchmarks.wire;

import org.jspecify.annotations.NullMarked;
