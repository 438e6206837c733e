/// What became of a key: the questions that clients ask gateways and gateways ask workers, and the answers.
///
/// Starting point: [OutcomeApi]. Thread rule: values alone.
@NullMarked
package io.fairlead.link.outcome;

import org.jspecify.annotations.NullMarked;
