/// The demonstration: real traffic of five kinds through a suite of its own, whose processes are killed in the
/// middle, or through one that something else runs ([DemoSuite]). The foreign clients are plain sockets, as a terminal
/// or a ward's system would use, so that nothing of our own links helps them. Starting point: [Demo]. Each connection
/// has a virtual thread; counters are shared between them.
@NullMarked
package io.fairlead.cli.demo;

import org.jspecify.annotations.NullMarked;
