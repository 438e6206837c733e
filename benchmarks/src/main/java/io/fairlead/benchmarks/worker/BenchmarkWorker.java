package io.fairlead.benchmarks.worker;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/// Receives orders; with a `spring.datasource.url` it keeps a ledger, too.
@SpringBootApplication(proxyBeanMethods = false)
public class BenchmarkWorker {
    /// @param args properties, such as `--fairlead.worker.port=7610`
    public static void main(String[] args) {
        SpringApplication.run(BenchmarkWorker.class, args);
    }
}
