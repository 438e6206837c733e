/// Real processes, real clients, real faults.
///
/// Starting points: [Cluster] starts registries, gateways and workers from the jars that the build has made;
/// [Suite] is the one that the tests without faults share. Tests run one after the other on JUnit's thread;
/// clients have threads of their own.
@NullMarked
package io.fairlead.systemtests;

import org.jspecify.annotations.NullMarked;
