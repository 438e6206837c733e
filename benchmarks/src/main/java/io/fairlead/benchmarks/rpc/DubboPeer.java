package io.fairlead.benchmarks.rpc;

import java.time.Duration;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/// Dubbo: one connection with all calls in flight; their futures end on the threads of its pool for answers.
final class DubboPeer extends CallPeer {
    /// Its default of one second is less than what a new caller may take to load its classes.
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final DubboBootstrap bootstrap = DubboBootstrap.getInstance();
    private final DubboEcho.Service service;

    DubboPeer(int port) {
        ReferenceConfig<DubboEcho.Service> reference = new ReferenceConfig<>();
        reference.setInterface(DubboEcho.Service.class);
        reference.setUrl(DubboEcho.PROTOCOL + "://127.0.0.1:" + port);
        reference.setTimeout((int) TIMEOUT.toMillis());
        bootstrap.application(DubboEcho.application()).reference(reference).start();
        service = reference.get();
    }

    @Override
    void call(byte[] payload, Slot slot) {
        service.echo(payload).whenComplete((reply, failure) -> {
            if (failure == null) {
                slot.answered(reply);
            } else {
                slot.failed(failure);
            }
        });
    }

    @Override
    public void close() {
        bootstrap.stop();
    }
}
