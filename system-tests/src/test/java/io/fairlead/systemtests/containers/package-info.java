/// The images as they are built and run for users: the compose file's topology, and faults done to its containers.
@NullMarked
package io.fairlead.systemtests.containers;

import org.jspecify.annotations.NullMarked;
