package io.fairlead.systemtests.nodes;

/// Each process has a host of its own, so all of a kind use the same ports.
public final class BenchPorts {
    public static final int REGISTRY = 7500;
    public static final int NATIVE = 7400;
    public static final int LINE_READ = 7401;
    public static final int ISO8583 = 7402;
    public static final int LINE_APPLY = 7403;
    public static final int WORKER = 7600;
    public static final int HTTP = 8080;
    public static final int ACTUATOR = 9080;

    private BenchPorts() {}
}
