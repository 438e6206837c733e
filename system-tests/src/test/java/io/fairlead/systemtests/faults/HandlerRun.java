package io.fairlead.systemtests.faults;

/// A handler that ran, as its worker wrote it down before anything else.
///
/// @param id of the call
record HandlerRun(String id, String worker, long atNanos) {}
