/// What a Boot application costs before it does anything.
@NullMarked
package io.fairlead.benchmarks.start;

import org.jspecify.annotations.NullMarked;
