/// The worker's meters. Present where Micrometer and a registry are.
@NullMarked
package io.fairlead.starter.metrics;

import org.jspecify.annotations.NullMarked;
