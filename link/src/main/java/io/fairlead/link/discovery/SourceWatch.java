package io.fairlead.link.discovery;

import io.fairlead.link.discovery.RegistryApi.Snapshot;
import io.netty.channel.EventLoop;
import java.util.List;

/// Hears one source and keeps what it lists as a registry's view. Confined to the fleet watch's loop, but for the sink.
final class SourceWatch implements FleetSource.Sink {
    private final FleetSource source;
    private final EventLoop loop;
    private final Runnable changed;
    private final NodeView view;
    private long version;
    private volatile boolean closed;

    SourceWatch(FleetSource source, EventLoop loop, Runnable changed) {
        this.source = source;
        this.loop = loop;
        this.changed = changed;
        this.view = new NodeView(source.name());
    }

    NodeView view() {
        return view;
    }

    /// From any thread.
    void start() {
        source.start(this);
    }

    /// From any thread.
    void close() {
        closed = true;
        source.close();
    }

    @Override
    public void lists(List<Instance> all) {
        List<Instance> copy = List.copyOf(all);
        onLoop(() -> {
            String wrong = view.apply(new Snapshot(source.name(), ++version, false, true, copy));
            if (!wrong.isEmpty()) {
                view.silent(wrong, System.nanoTime());
            }
        });
    }

    @Override
    public void silent(String why) {
        onLoop(() -> view.silent(why, System.nanoTime()));
    }

    private void onLoop(Runnable change) {
        if (!closed) {
            loop.execute(() -> {
                if (!closed) {
                    change.run();
                    changed.run();
                }
            });
        }
    }
}
