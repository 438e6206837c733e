/// One call on its way through the gateway: where it came from, what it carries, until when, how often it was
/// tried.
///
/// Starting point: [Call]. Thread rule: a call lives on one event loop, that of the connection it came from;
/// nothing here is shared between loops.
@NullMarked
package io.fairlead.gateway.call;

import org.jspecify.annotations.NullMarked;
