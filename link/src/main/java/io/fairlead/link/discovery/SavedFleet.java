package io.fairlead.link.discovery;

import java.time.Instant;
import java.util.List;

/// A fleet as it was known at some time, for a start without any registry. Immutable.
///
/// @param savedAt when a source last confirmed it
public record SavedFleet(int format, Instant savedAt, List<Entry> instances) {
    /// The format that this version writes and reads.
    public static final int FORMAT = 1;

    /// @throws IllegalArgumentException if it is of another format or lacks something
    public SavedFleet {
        Bounds.range("format", format, FORMAT, FORMAT);
        savedAt = Bounds.present("savedAt", savedAt);
        instances = Bounds.list(instances);
        Bounds.range("instances", instances.size(), 0, NodeView.MAX_INSTANCES);
    }

    /// One instance.
    ///
    /// @param listedBy the registries and sources that listed it: only these may say that it is gone
    public record Entry(Instance instance, List<String> listedBy) {
        /// Copies the list.
        public Entry {
            instance = Bounds.present("instance", instance);
            listedBy = Bounds.list(listedBy);
        }
    }
}
