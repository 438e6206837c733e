package io.fairlead.benchmarks.rpc;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/// A worker like that of `worker-service`, whose method does not block: it runs on event loops, as the handlers
/// of gRPC and RSocket that it is compared with.
@SpringBootApplication(proxyBeanMethods = false)
public class LoopEcho {
    /// @param args properties, such as `--fairlead.worker.port=7610`
    public static void main(String[] args) {
        SpringApplication.run(LoopEcho.class, args);
    }

    @FairleadService("echo")
    static class Echo {
        @Call(idempotent = true, blocking = false)
        byte[] echo(byte[] payload) {
            return payload;
        }
    }
}
