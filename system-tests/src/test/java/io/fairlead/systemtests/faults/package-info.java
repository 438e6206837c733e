/// The fault bench: a fleet of real processes on several hosts made of network namespaces, faults put on it
/// by a seeded schedule, and a checker that reads what every client and every worker has written down.
///
/// Starting points: [FaultBench] runs a schedule, [Checker] judges. The method is Jepsen's: the histories
/// know nothing of the system under test, so a wrong promise cannot hide in it. Histories use CLOCK_MONOTONIC
/// ([System#nanoTime]), which all processes of one Linux kernel share, network namespaces or not.
@NullMarked
package io.fairlead.systemtests.faults;

import org.jspecify.annotations.NullMarked;
