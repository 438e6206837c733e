/// What became of a key: asked of this gateway's journal and of the inbox of the service's workers.
///
/// Starting point: [Outcomes]. Thread rule: it blocks, for the journal's disk and the workers' answers, so
/// only virtual threads and those of screens call it.
@NullMarked
package io.fairlead.gateway.outcome;

import org.jspecify.annotations.NullMarked;
