package io.fairlead.gateway.call;

/// What the gateway does with calls that do not go straight through.
///
/// @param retry attempts after the first
/// @param hedge second attempts beside the first
/// @param overload waiting and refusing
public record CallPolicies(RetryProperties retry, HedgeProperties hedge, OverloadProperties overload) {}
