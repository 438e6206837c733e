package io.fairlead.gateway.delivery;

/// What one service has of the memory, so that one whose workers are away leaves room for the others. By service
/// and not by route, because the order of a key is kept over all methods of a service: none may be read while
/// another one waits on disk. Confined to its loop.
final class Share {
    private final int most;
    private final long mostBytes;
    private int held;
    private long heldBytes;
    private boolean behind;

    /// @param most messages in memory
    /// @param mostBytes of their metadata and payloads
    Share(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /// A message is in memory.
    void held(long bytes) {
        held++;
        heldBytes += bytes;
    }

    /// A message is no longer in memory.
    void let(long bytes) {
        held--;
        heldBytes -= bytes;
    }

    boolean isFull() {
        return held >= most || heldBytes >= mostBytes;
    }

    /// Whether what waits on disk may be read again.
    boolean hasRoom() {
        return held <= most / 2 && heldBytes <= mostBytes / 2;
    }

    /// Whether messages of the service wait on disk.
    boolean isBehind() {
        return behind;
    }

    void behind(boolean now) {
        behind = now;
    }
}
