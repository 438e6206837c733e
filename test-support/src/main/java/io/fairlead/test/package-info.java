/// What tests of several modules start. Starting point: [PostgresServer].
@NullMarked
package io.fairlead.test;

import org.jspecify.annotations.NullMarked;
