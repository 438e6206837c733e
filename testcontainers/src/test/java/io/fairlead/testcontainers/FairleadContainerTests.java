package io.fairlead.testcontainers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.client.FairleadClient;
import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;
import io.fairlead.starter.worker.Worker;
import io.fairlead.test.ContainerTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/// An application's test as its author writes it, with the gateway in front of its worker.
@ContainerTest(images = "fairlead/gateway")
@SpringBootTest(properties = "fairlead.inbox.file=target/greetings-inbox.db")
@Testcontainers
class FairleadContainerTests {
    @Container
    @ServiceConnection
    static final FairleadContainer fairlead = new FairleadContainer()
            .withListener("meters", "framing=length2", "call=greetings/hello", "dialect=text")
            .withListener("notes", "framing=lf", "send=greetings/note", "dialect=text")
            .withListener("lines", "call=greetings/hello");

    @Test
    void callsComeInByTheClientsOwnFraming() throws IOException {
        try (Socket meter = new Socket(fairlead.getHost(), fairlead.getListenerPort("meters"))) {
            meter.getOutputStream().write(new byte[] {0, 3, 'A', 'd', 'a'});

            assertThat(meter.getInputStream().readNBytes(11)).asString(UTF_8).isEqualTo("\0\tHello Ada");
        }
    }

    @Test
    void aListenerOfTheGatewayGoesWhereTheTestSays() throws IOException {
        assertThat(line("lines", "Ada")).isEqualTo("Hello Ada");
    }

    @Test
    void nativeClientsCall() {
        try (FairleadClient client = FairleadClient.connect(fairlead.getNativeAddress())) {
            assertThat(client.call("greetings/hello", "Ada".getBytes(UTF_8)))
                    .asString(UTF_8)
                    .isEqualTo("Hello Ada");
        }
    }

    @Test
    void whatIsAcknowledgedIsDelivered(@Autowired Greetings greetings) throws Exception {
        assertThat(line("notes", "milk")).startsWith("OK ");

        assertThat(greetings.notes.poll(20, TimeUnit.SECONDS)).isEqualTo("milk");
    }

    @Test
    void aWorkerThatCameBackIsWaitedFor(@Autowired Worker worker) throws IOException {
        worker.stop();
        assertThat(line("lines", "Ada")).startsWith("ERR UNAVAILABLE");

        worker.start();
        fairlead.awaitService("greetings/hello");

        assertThat(line("lines", "Ada")).isEqualTo("Hello Ada");
    }

    @Test
    void theAdministrationIsReached() throws Exception {
        String account = fairlead.getAdminUsername() + ":" + fairlead.getAdminPassword();
        HttpRequest books = HttpRequest.newBuilder(URI.create(fairlead.getAdminUrl() + "/admin/books"))
                .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(account.getBytes(UTF_8)))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(client.send(books, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void whatTheGatewayRefusesIsInTheException() {
        try (FairleadContainer fairlead = new FairleadContainer().withListener("meters", "framing=morse", "call=a/b")) {
            assertThatThrownBy(fairlead::start).rootCause().hasMessageContaining("morse");
        }
    }

    private static String line(String listener, String text) throws IOException {
        try (Socket client = new Socket(fairlead.getHost(), fairlead.getListenerPort(listener))) {
            client.getOutputStream().write((text + "\n").getBytes(UTF_8));
            return new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8)).readLine();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Greetings.class)
    static class GreetingsApplication {}

    @FairleadService("greetings")
    static class Greetings {
        private final BlockingQueue<String> notes = new LinkedBlockingQueue<>();

        @Call
        String hello(String name) {
            return "Hello " + name;
        }

        @Receive
        void note(String text) {
            notes.add(text);
        }
    }
}
