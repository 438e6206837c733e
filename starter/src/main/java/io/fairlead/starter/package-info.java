/// What an application writes to become a worker: [FairleadService] on a class, [Call] or [Receive] on its
/// methods, [CallContext] as a parameter where a method wants to know more of a call than its payload, and
/// [FairleadException] to end one with a status of its own. Handlers run on virtual threads, many at a time: a
/// service must be thread-safe.
@NullMarked
package io.fairlead.starter;

import org.jspecify.annotations.NullMarked;
