package io.fairlead.link.discovery;

import java.util.List;

/// Another place than a registry from which instances are known, such as a list in the settings or a service
/// discovery. All sources and registries form one union, under the same rules: who is silent, empty or suddenly small
/// removes nobody.
public interface FleetSource extends AutoCloseable {
    /// What it is called on screens and in files, the same at each start.
    String name();

    /// Begins. Returns at once; the sink may be called from any thread.
    void start(Sink sink);

    /// The sink hears no more.
    @Override
    void close();

    /// Hears what a source knows.
    interface Sink {
        /// All that it lists now.
        void lists(List<Instance> all);

        /// It cannot be asked at the moment; what it listed stays known.
        void silent(String why);
    }
}
