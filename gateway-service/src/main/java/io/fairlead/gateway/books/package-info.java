/// The books of durable messages as people and monitoring see them: what was accepted is accounted for, or
/// somebody is alarmed.
///
/// Starting point: [LatestBooks], read from the store in the background and looked at by meters and health.
/// Thread rule: nothing here touches an event loop.
@NullMarked
package io.fairlead.gateway.books;

import org.jspecify.annotations.NullMarked;
