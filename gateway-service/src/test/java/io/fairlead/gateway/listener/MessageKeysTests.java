package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.IncomingCall;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Keys of messages as workers see them.
class MessageKeysTests {
    private final Rig rig = new Rig();
    private final Queue<Map<String, String>> seen = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        rig.close();
    }

    private void worker() {
        rig.worker("w1", Map.of("a/b", call -> {
            seen.add(call.metadata().asMap());
            call.reply(call.payload());
        }));
    }

    private Listener lines(String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return rig.listener(all);
    }

    @Test
    void theKeysOfEachMessageTravelAsMetadata() throws IOException {
        worker();
        Listener listener = lines(
                "keys.idempotency[0]", "regex:/id=(\\w+)/1",
                "keys.ordering[0]", "regex:/account=(\\w+)/",
                "keys.identity[0]", "bytes:0-2");
        try (ForeignListenerTests.Client client = ForeignListenerTests.Client.to(listener)) {
            client.send("N1 id=7 account=x\nN2 id=8\nN1\n");
            for (int i = 0; i < 3; i++) {
                client.line();
            }
        }
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        Map.of("identity", "test/N1", "idempotency-key", "7", "ordering-key", "x"),
                        Map.of("identity", "test/N2", "idempotency-key", "8"),
                        Map.of("identity", "test/N1"));
    }

    @Test
    void withoutKeysOnlyTheListenerIsSaid() throws IOException {
        worker();
        try (ForeignListenerTests.Client client = ForeignListenerTests.Client.to(lines())) {
            client.send("x\n").line();
        }
        assertThat(seen).containsExactly(Map.of("identity", "test"));
    }

    @Test
    void aRepeatOfACardMessageHasItsKeyAndALaterMessageWithTheSameTraceNumberHasNot() throws IOException {
        worker();
        Listener listener = rig.listener(
                Map.of("framing", "length2", "call", "a/b", "dialect", "iso8583", "keys.idempotency", "iso8583"));
        String fields = "0220000000800000";
        try (Socket client = new Socket("127.0.0.1", listener.port())) {
            client.setSoTimeout(20_000);
            for (String message : new String[] {
                "0100" + fields + "0229235959" + "000123" + "TERM0001",
                "0101" + fields + "0229235959" + "000123" + "TERM0001",
                "0100" + fields + "0301000000" + "000123" + "TERM0001"
            }) {
                DataOutputStream out = new DataOutputStream(client.getOutputStream());
                out.writeShort(message.length());
                out.write(message.getBytes(ISO_8859_1));
                DataInputStream in = new DataInputStream(client.getInputStream());
                assertThat(new String(in.readNBytes(in.readUnsignedShort()), ISO_8859_1))
                        .isEqualTo(message);
            }
        }
        assertThat(seen.stream().map(metadata -> metadata.get("idempotency-key")))
                .containsExactly(
                        "0100|0229235959|000123||TERM0001",
                        "0100|0229235959|000123||TERM0001",
                        "0100|0301000000|000123||TERM0001");
    }

    @Test
    void aMessageWithoutARequiredKeyIsRefusedInItsPlaceAndTheOthersAreServed() throws IOException {
        worker();
        Listener listener = lines("keys.idempotency[0]", "regex:/id=(\\w+)/1", "keys.required", "true", "window", "4");
        try (ForeignListenerTests.Client client = ForeignListenerTests.Client.to(listener)) {
            client.send("id=1\n" + "no\n".repeat(20) + "id=2\n");
            assertThat(client.line()).isEqualTo("id=1");
            for (int i = 0; i < 20; i++) {
                assertThat(client.line())
                        .isEqualTo("ERR INVALID_ARGUMENT no idempotency key: the message has no value for"
                                + " regex:/id=(\\w+)/1");
            }
            assertThat(client.line()).isEqualTo("id=2");
        }
        assertThat(seen).hasSize(2);
    }

    @Test
    void repliesArePairedByTheSettingsKeysWhateverTheDialect() throws IOException {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        rig.worker("w1", Map.of("a/b", held::add));
        Listener listener = lines(
                "replies", "correlated",
                "keys.correlation[0]", "regex:/id=(\\w+)/1",
                "keys.correlation-reply[0]", "regex:/re=(\\w+)/1");
        try (ForeignListenerTests.Client client = ForeignListenerTests.Client.to(listener)) {
            client.send("id=1\nid=2\nid=3\n");
            await().until(() -> held.size() == 3);
            for (IncomingCall call : held.stream().toList().reversed()) {
                String id = new String(call.payload(), UTF_8).substring(3);
                call.reply(("re=" + (id.equals("2") ? "9" : id)).getBytes(UTF_8));
            }
            assertThat(client.line()).isEqualTo("re=3");
            assertThat(client.line()).isEqualTo("ERR INTERNAL the reply carries another message's key");
            assertThat(client.line()).isEqualTo("re=1");
        }
    }

    @Test
    void wrongSettingsSayWhichListenerAndWhere() {
        assertThatThrownBy(() -> lines("keys.ordering", "hl7:MSH-x"))
                .isInstanceOf(ListenerException.class)
                .hasMessageContaining("keys.ordering[0]: 'hl7:MSH-x' is wrong at character 9")
                .hasMessageContaining("for example hl7:MSH-10");
        assertThatThrownBy(() -> lines("keys.correlation", "json:/id"))
                .hasMessageContaining("keys.correlation: [json:/id] (expected: none with replies: in-order");
        assertThatThrownBy(() -> rig.listener(Map.of("framing", "native", "keys.idempotency", "json:/id")))
                .rootCause()
                .hasMessageContaining("native")
                .hasMessageContaining("metadata");
    }
}
