package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.cli.suite.AdminRefusal;
import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Finds out whether a gateway takes calls, by a real one of each protocol.
final class Probe implements AutoCloseable {
    private static final CallOptions OPTIONS = CallOptions.DEFAULTS.withTimeout(Duration.ofSeconds(2));

    private final GatewayAddress gateway;
    private final AdminSite admin;
    private final FairleadClient client;

    Probe(GatewayAddress gateway, AdminSite admin) {
        this.gateway = gateway;
        this.admin = admin;
        this.client = FairleadClient.builder()
                .addresses(gateway.toString())
                .name("fairlead-demo-probe")
                .build();
    }

    /// Why it does not; empty if it does.
    ///
    /// @throws AdminRefusal if it does not know the admin's account
    Optional<String> complaint() {
        try {
            client.call("echo/echo", "probe".getBytes(UTF_8), OPTIONS);
            for (Protocol protocol : Protocol.values()) {
                Optional<String> complaint = complaint(protocol);
                if (complaint.isPresent()) {
                    return complaint;
                }
            }
            admin.get("/admin/books");
            return Optional.empty();
        } catch (CallException e) {
            return Optional.of("native: " + e.getMessage());
        } catch (AdminRefusal e) {
            if (e.isOfAccount()) {
                throw e;
            }
            return Optional.of("admin: " + e.getMessage());
        }
    }

    private Optional<String> complaint(Protocol protocol) {
        Exchange exchange = protocol.exchange(Run.at(Instant.now(), RandomGenerator.getDefault()), 1, 0);
        try (Socket socket = ForeignConnection.connect(gateway.listener(protocol.listener()))) {
            protocol.framing().write(socket.getOutputStream(), exchange.request());
            byte[] reply = protocol.framing().read(new BufferedInputStream(socket.getInputStream()));
            return exchange.judge(reply) == Exchange.Outcome.RIGHT
                    ? Optional.empty()
                    : Optional.of(protocol.title() + ": " + ForeignConnection.shown(reply));
        } catch (IOException e) {
            return Optional.of(protocol.title() + ": " + e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
