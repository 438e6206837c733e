package io.fairlead.systemtests.crash;

/// A row that a handler has written in its transaction.
///
/// @param answer what a call was answered with; empty for a message
record Effect(String producer, int number, String worker, String answer) {}
