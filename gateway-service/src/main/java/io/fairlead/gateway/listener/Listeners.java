package io.fairlead.gateway.listener;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// All ports of the gateway: bound when everything else is ready, drained first when the gateway stops.
/// Thread-safe.
public final class Listeners implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Listeners.class);

    private final List<Listener> listeners;
    private final Drain drain;
    private volatile boolean running;

    /// @param drain of these listeners, before they are closed
    public Listeners(List<Listener> listeners, Drain drain) {
        this.listeners = List.copyOf(listeners);
        this.drain = drain;
    }

    /// All listeners, by name.
    public List<Listener> all() {
        return listeners;
    }

    /// How the gateway leaves.
    public Drain drain() {
        return drain;
    }

    @Override
    public void start() {
        try {
            for (Listener listener : listeners) {
                open(listener);
                log.info(
                        "Listener {}: port {}, framing {}{}",
                        listener.name(),
                        listener.port(),
                        listener.properties().framing(),
                        listener.properties().isNative()
                                ? ""
                                : (listener.properties().isSend() ? ", kept for " : ", to ")
                                        + listener.properties().route());
            }
            running = true;
        } catch (RuntimeException e) {
            listeners.forEach(Listener::close);
            throw e;
        }
    }

    private static void open(Listener listener) {
        try {
            listener.start();
        } catch (RuntimeException e) {
            throw new ListenerException(listener.name(), String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void stop() {
        drain.start();
        try {
            drain.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running = false;
        listeners.forEach(Listener::close);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
