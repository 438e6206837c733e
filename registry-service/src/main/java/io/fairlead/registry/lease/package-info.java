/// Which instances are listed, and for how long: leases, tombstones and epochs in memory.
///
/// Starting point: [Leases]. Thread rule: nothing here is thread-safe and nothing here reads a clock. All of it is
/// confined to the one event loop of the registry, which passes the time in; so there are no locks.
@NullMarked
package io.fairlead.registry.lease;

import org.jspecify.annotations.NullMarked;
