package io.fairlead.systemtests.faults;

/// Several hosts on one machine.
interface Hosts extends AutoCloseable {
    Host host(String name);

    /// Removes them; whatever runs there is killed.
    @Override
    void close();
}
