/// An echo server whose TCP connection factory can be chosen, to compare the factories of Spring Integration.
@NullMarked
package io.fairlead.benchmarks.factories;

import org.jspecify.annotations.NullMarked;
