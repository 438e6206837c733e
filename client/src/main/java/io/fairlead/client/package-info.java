/// The native client: calls methods of workers through gateways. Starting point: [FairleadClient]. Its one event loop
/// carries bytes alone; callers wait on their own threads, and futures and callbacks complete on virtual threads.
@NullMarked
package io.fairlead.client;

import org.jspecify.annotations.NullMarked;
