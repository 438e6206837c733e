/// Promise "once in effect with a key": a key, the handler's own database work and its reply in one
/// transaction of the application's database. Start at [Inbox]. Knows nothing of links; the worker hands it
/// requests and handlers.
@NullMarked
package io.fairlead.starter.inbox;

import org.jspecify.annotations.NullMarked;
