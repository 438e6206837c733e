package io.fairlead.gateway.delivery;

import java.time.Duration;

/// How long messages are kept that are done, expired or dropped; the books keep their numbers.
///
/// @param after their end
/// @param most so many at most, however young
public record Forgetting(Duration after, long most) {}
