/// Which instances are kept out of the choice because they fail, and how they come back.
///
/// Starting points: [Breakers] holds one Resilience4j circuit breaker for each instance, shared by the loops; a
/// [LinkBreaker] stands before it on each loop's link, so that a call costs nanoseconds and not what recording
/// costs; [Ejections] decides which open breakers are heeded. The package knows no links and no Netty.
@NullMarked
package io.fairlead.gateway.breaker;

import org.jspecify.annotations.NullMarked;
