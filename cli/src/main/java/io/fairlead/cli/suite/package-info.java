/// A suite of Fairlead's services as processes of this machine: which ports they take, how they are started,
/// watched and ended, and the file that remembers them. Starting point: [Suite]. Everything here waits on the
/// caller's thread.
@NullMarked
package io.fairlead.cli.suite;

import org.jspecify.annotations.NullMarked;
