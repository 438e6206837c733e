package io.fairlead.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Many clients are served at once, and one that does not send or does not read loses its own connection alone.
@ExtendWith(Suite.Extension.class)
class ConnectionsIT {
    private final Gateway gateway;

    ConnectionsIT(Suite suite) {
        gateway = suite.gateway();
    }

    @Test
    void aThousandConnectionsAtOnceAreAllAnswered() throws Exception {
        int count = 1_000;
        List<ForeignClient> clients = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ForeignClient>> opening = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                opening.add(threads.submit(() -> new ForeignClient(gateway.port("lines"), ClientFraming.LF)));
            }
            for (Future<ForeignClient> client : opening) {
                clients.add(client.get(60, TimeUnit.SECONDS));
            }
            List<Future<String>> replies = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String message = "call " + i;
                ForeignClient client = clients.get(i);
                replies.add(threads.submit(() -> client.call(message)));
            }
            for (int i = 0; i < count; i++) {
                assertThat(replies.get(i).get(60, TimeUnit.SECONDS)).isEqualTo("CALL " + i);
            }
        } finally {
            for (ForeignClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aConnectionWithoutAFirstByteIsEnded() throws IOException {
        double before = gateway.closed("silent", "FIRST_BYTE_TIMEOUT");
        try (ForeignClient other = new ForeignClient(gateway.port("silent"), ClientFraming.LF)) {
            // At once: its own first byte has no more time than the other's.
            assertThat(other.call("hello")).isEqualTo("HELLO");
            try (ForeignClient silent = new ForeignClient(gateway.port("silent"), ClientFraming.LF)) {
                silent.awaitEnd();
            }
            assertThat(other.call("still there")).isEqualTo("STILL THERE");
        }
        await().untilAsserted(() ->
                assertThat(gateway.closed("silent", "FIRST_BYTE_TIMEOUT")).isEqualTo(before + 1));
    }

    @Test
    void aClientThatNeverReadsLosesOnlyItsOwnConnection() throws Exception {
        int maxMessages = 2_000; // of 64 KB: more than any buffer on the way holds
        byte[] message = new byte[64 * 1024];
        int port = gateway.port("unread");
        try (ForeignClient other = new ForeignClient(port, ClientFraming.LF);
                ForeignClient deaf = new ForeignClient(port, ClientFraming.LF, 4096);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<IOException> writing = threads.submit(() -> {
                try {
                    for (int i = 0; i < maxMessages; i++) {
                        deaf.send(message);
                    }
                    throw new AssertionError("all " + maxMessages + " messages were taken");
                } catch (IOException e) {
                    return e;
                }
            });
            await().until(() -> {
                assertThat(other.call("hello")).isEqualTo("hello");
                // The kernel has the same limit, and may be the first to see that it has passed.
                return gateway.closed("unread", "SLOW_READER") + gateway.closed("unread", "IO_ERROR") == 1;
            });
            assertThat(writing.get(30, TimeUnit.SECONDS)).isNotNull();
            assertThat(other.call("hello again")).isEqualTo("hello again");
        }
    }
}
