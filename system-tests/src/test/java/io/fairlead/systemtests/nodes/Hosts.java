package io.fairlead.systemtests.nodes;

/// Several hosts on one machine.
public interface Hosts extends AutoCloseable {
    Host host(String name);

    /// Removes them; whatever runs there is killed.
    @Override
    void close();
}
