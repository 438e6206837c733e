package io.fairlead.benchmarks.rpc;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/// A Dubbo provider with a method that answers with what it was sent, on the threads of Dubbo's pool for handlers. No
/// registry knows of it. Dubbo listens on all addresses, also where it is told to listen on loopback.
///
///     DubboEcho PORT
final class DubboEcho {
    /// Dubbo's own over TCP, its default. What its manual recommends to new users, `tri` over HTTP/2, is slower, and
    /// loses calls when 1,000 are in flight.
    static final String PROTOCOL = "dubbo";

    /// All that a caller has in flight. Without a queue, which is the default, calls are refused while all threads are
    /// busy.
    private static final int QUEUE = 1000;

    private DubboEcho() {}

    public static void main(String[] args) throws Exception {
        ProtocolConfig protocol = new ProtocolConfig(PROTOCOL, Integer.parseInt(args[0]));
        protocol.setQueues(QUEUE);
        ServiceConfig<Service> service = new ServiceConfig<>();
        service.setInterface(Service.class);
        service.setRef(CompletableFuture::completedFuture);
        DubboBootstrap.getInstance()
                .application(application())
                .registry(new RegistryConfig(RegistryConfig.NO_AVAILABLE))
                .protocol(protocol)
                .service(service)
                .start();
        new CountDownLatch(1).await();
    }

    /// That of both sides, without the QOS server for operators.
    static ApplicationConfig application() {
        ApplicationConfig application = new ApplicationConfig("echo");
        application.setQosEnable(false);
        return application;
    }

    /// Futures are Dubbo's way to have many calls in flight without a thread for each.
    interface Service {
        CompletableFuture<byte[]> echo(byte[] payload);
    }
}
