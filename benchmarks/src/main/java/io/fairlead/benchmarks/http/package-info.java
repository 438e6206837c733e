/// Spring Cloud Gateway before Boot services, as its manual shows it.
///
/// Starting points: [HttpGateway] and [HttpWorker]. The load is wrk.
@NullMarked
package io.fairlead.benchmarks.http;

import org.jspecify.annotations.NullMarked;
