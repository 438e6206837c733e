/// A worker whose methods do next to nothing but commit, so that what is measured is the price of keeping keys.
///
/// Starting point: [BenchmarkWorker].
@NullMarked
package io.fairlead.benchmarks.worker;

import org.jspecify.annotations.NullMarked;
