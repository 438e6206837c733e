/// The native client: calls methods of workers through gateways. Starting point: [FairleadClient]. Its one
/// event loop carries bytes alone; callers wait on their own threads, and futures and callbacks complete on
/// virtual threads, or where the application wants them to.
@NullMarked
package io.fairlead.client;

import org.jspecify.annotations.NullMarked;
