package io.fairlead.gateway.listener;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// All ports of the gateway: bound when everything else is ready, drained first when the gateway stops.
/// Thread-safe.
public final class Listeners implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Listeners.class);

    private final List<Listener> listeners;
    private final Duration drainTimeout;
    private volatile boolean running;

    /// @param drainTimeout how long calls in flight may take when the gateway stops
    public Listeners(List<Listener> listeners, Duration drainTimeout) {
        this.listeners = List.copyOf(listeners);
        this.drainTimeout = drainTimeout;
    }

    /// All listeners, by name.
    public List<Listener> all() {
        return listeners;
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
                        listener.properties().call() == null
                                ? ""
                                : ", to " + listener.properties().call());
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
        running = false;
        try (ExecutorService drains = Executors.newVirtualThreadPerTaskExecutor()) {
            listeners.forEach(listener -> drains.execute(() -> drain(listener)));
        }
        listeners.forEach(Listener::close);
    }

    private void drain(Listener listener) {
        try {
            if (!listener.drain(drainTimeout)) {
                log.warn(
                        "Listener {}: connections with calls in flight after drain-timeout {}; closing them",
                        listener.name(),
                        drainTimeout);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
