package io.fairlead.systemtests.faults;

/// Each process has a host of its own, so all of a kind use the same ports.
final class BenchPorts {
    static final int REGISTRY = 7500;
    static final int NATIVE = 7400;
    static final int LINE_READ = 7401;
    static final int ISO8583 = 7402;
    static final int LINE_APPLY = 7403;
    static final int WORKER = 7600;
    static final int HTTP = 8080;
    static final int ACTUATOR = 9080;

    private BenchPorts() {}
}
