/// The crash bench: what was acknowledged is compared with what had an effect, after processes were killed,
/// stopped and cut off, disks were full, and the power was gone.
///
/// Starting points: [CrashBench] runs rounds of traffic and faults, [PowerBench] cuts the power, [CrashChecker]
/// judges by the producers' histories, the table of effects and the gateways' books, and knows nothing of how
/// they came about.
@NullMarked
package io.fairlead.systemtests.crash;

import org.jspecify.annotations.NullMarked;
