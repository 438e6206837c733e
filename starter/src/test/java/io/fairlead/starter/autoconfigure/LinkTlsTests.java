package io.fairlead.starter.autoconfigure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.client.FairleadClient;
import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.FairleadStartException;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.worker.Worker;
import io.fairlead.starter.worker.WorkerLinks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class LinkTlsTests {
    @TempDir
    static Path folder;

    private static Path store;

    private final ApplicationContextRunner runner = WorkerCalls.runner()
            .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
            .withBean(Sample.class)
            .withPropertyValues(
                    "spring.ssl.bundle.jks.own.keystore.location=file:" + store,
                    "spring.ssl.bundle.jks.own.keystore.password=changeit",
                    "spring.ssl.bundle.jks.own.truststore.location=file:" + store,
                    "spring.ssl.bundle.jks.own.truststore.password=changeit",
                    "spring.ssl.bundle.jks.keyless.truststore.location=file:" + store,
                    "spring.ssl.bundle.jks.keyless.truststore.password=changeit");

    @BeforeAll
    static void makeCertificate() throws IOException, InterruptedException {
        store = folder.resolve("own.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "own",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=worker",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).isZero();
    }

    @Test
    void encryptsLinksThatComeIn() {
        runner.withPropertyValues("fairlead.worker.ssl.bundle=own").run(context -> {
            int port = context.getBean(Worker.class).port();
            try (FairleadClient client = FairleadClient.builder()
                    .addresses("127.0.0.1:" + port)
                    .tls(context.getBean(SslBundles.class).getBundle("own").createSslContext())
                    .build()) {
                assertThat(client.call("sample/hello", new byte[0]))
                        .asString(UTF_8)
                        .isEqualTo("hello");
            }
        });
    }

    @Test
    void registersOverEncryptedLinks() {
        runner.withPropertyValues("fairlead.ssl.bundle=keyless", "fairlead.registries=127.0.0.1:1")
                .run(context -> assertThat(
                                context.getBean(WorkerLinks.class).client().sslContext())
                        .isNotNull()
                        .satisfies(tls -> assertThat(tls.isClient()).isTrue()));
    }

    @Test
    void failsTheStartWithoutTheBundle() {
        runner.withPropertyValues("fairlead.worker.ssl.bundle=missing")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasRootCauseInstanceOf(NoSuchSslBundleException.class)
                        .rootCause()
                        .hasMessageContaining("missing"));
    }

    @Test
    void saysThatAServerNeedsAKey() {
        runner.withPropertyValues("fairlead.worker.ssl.bundle=keyless")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .isInstanceOf(FairleadStartException.class)
                        .hasMessage("fairlead.worker.ssl.bundle: the SSL bundle 'keyless' has no key to show to"
                                + " gateways"));
    }

    @FairleadService("sample")
    static class Sample {
        @Call
        String hello() {
            return "hello";
        }
    }
}
