/// Durable messages between their acceptance and their end, on disk: what promises 3, 4 and 9 rest on.
///
/// Starting points: [Journal], which gathers what all loops want written into one transaction after the other,
/// and [MessageStore], the engines below it, plain SQL in each. Thread rule: stores block, so only the
/// journal's own threads
/// and those of screens call them; event loops hand over to the journal and never wait.
@NullMarked
package io.fairlead.gateway.journal;

import org.jspecify.annotations.NullMarked;
