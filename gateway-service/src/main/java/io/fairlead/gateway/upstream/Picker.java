package io.fairlead.gateway.upstream;

import org.jspecify.annotations.Nullable;

/// Chooses the instance for a call, round robin. A snapshot: the set of links never changes, only the position
/// does. Confined to its loop.
final class Picker {
    static final Picker NONE = new Picker(new InstanceLink[0], 0);

    private final InstanceLink[] links;
    private int position;

    /// @param links whose instances offer the method
    /// @param start where to begin, so that the loops and the gateways do not all begin with the same instance
    Picker(InstanceLink[] links, int start) {
        this.links = links;
        this.position = start;
    }

    /// The next usable link; one that can take bytes at once before one that cannot, any other before `last`.
    ///
    /// @param last that the call was written to before, and is tried again only if nothing else is usable
    /// @return null if no link is usable
    @Nullable InstanceLink pick(@Nullable Object last) {
        InstanceLink full = null;
        InstanceLink again = null;
        for (int i = 0; i < links.length; i++) {
            InstanceLink link = links[(position & Integer.MAX_VALUE) % links.length];
            position++;
            if (!link.isUsable()) {
                continue;
            }
            if (link == last) {
                again = link;
            } else if (link.isWritable()) {
                return link;
            } else if (full == null) {
                full = link;
            }
        }
        return full != null ? full : again;
    }
}
