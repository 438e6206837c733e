package io.fairlead.systemtests.nodes;

import java.util.List;

/// Where processes run: with an address that all hosts and the bench reach.
///
/// @param name such as `worker-0`
/// @param address an IPv4 address that processes bind to
/// @param enter what stands before a command so that it runs there; empty on loopback
public record Host(String name, String address, List<String> enter) {}
