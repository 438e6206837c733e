/// JMH benchmark of a link's write queue.
@NullMarked
package io.fairlead.benchmarks.link;

import org.jspecify.annotations.NullMarked;
