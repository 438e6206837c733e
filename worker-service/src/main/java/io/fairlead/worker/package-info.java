/// The reference worker: four services on Fairlead's starter, each as an application would write it. Handlers
/// run on virtual threads, many at a time.
@NullMarked
package io.fairlead.worker;

import org.jspecify.annotations.NullMarked;
