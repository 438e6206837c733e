package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.BenchPorts;

/// Each process has an address of its own, so all of a kind use the same ports.
final class CrashPorts {
    static final int NATIVE = BenchPorts.NATIVE;
    static final int ISO8583 = BenchPorts.ISO8583;
    static final int MLLP = 2575;

    private CrashPorts() {}
}
