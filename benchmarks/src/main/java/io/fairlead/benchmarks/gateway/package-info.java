/// JMH benchmarks of what the gateway does for each call and message, apart from the network.
@NullMarked
package io.fairlead.benchmarks.gateway;

import org.jspecify.annotations.NullMarked;
