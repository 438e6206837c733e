/// What Spring Boot finds: settings, the beans of a worker, and reports of what keeps it from starting. Start at
/// [FairleadWorkerAutoConfiguration].
@NullMarked
package io.fairlead.starter.autoconfigure;

import org.jspecify.annotations.NullMarked;
