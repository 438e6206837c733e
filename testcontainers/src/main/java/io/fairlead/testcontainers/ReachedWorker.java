package io.fairlead.testcontainers;

import io.fairlead.starter.ProcessName;
import io.fairlead.starter.worker.Worker;
import org.springframework.context.SmartLifecycle;

/// Lets the context start only when the gateway reaches its worker, so that the first call of a test finds it.
/// Starts behind the worker, because it depends on it.
final class ReachedWorker implements SmartLifecycle {
    private final FairleadContainer container;
    private final Worker worker;
    private final ProcessName name;
    private volatile boolean running;

    ReachedWorker(FairleadContainer container, Worker worker, ProcessName name) {
        this.container = container;
        this.worker = worker;
        this.name = name;
    }

    @Override
    public void start() {
        if (worker.isRunning()) {
            container.awaitWorker(name.value());
        }
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
