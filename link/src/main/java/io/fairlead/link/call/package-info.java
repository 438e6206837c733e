/// Calls over links: [CallServer] answers them with handlers, [CallClient] sends them and waits for answers.
///
/// The gateway forwards frames without this package. Handlers of a [CallServer] are called on an event loop and
/// must not block; [IncomingCall] may be answered from any thread.
@NullMarked
package io.fairlead.link.call;

import org.jspecify.annotations.NullMarked;
