/// What tests of several modules need. Starting points: [PostgresServer], which they start, and [ContainerTest]
/// for those that start containers.
@NullMarked
package io.fairlead.test;

import org.jspecify.annotations.NullMarked;
