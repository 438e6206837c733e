/// The command line: one class a command, starting at [Fairlead]. What a command shows goes to standard output,
/// what went wrong to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing is running
/// (`status`).
@NullMarked
package io.fairlead.cli;

import org.jspecify.annotations.NullMarked;
