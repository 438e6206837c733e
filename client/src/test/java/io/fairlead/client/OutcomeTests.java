package io.fairlead.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.outcome.OutcomeApi;
import io.fairlead.link.outcome.OutcomeState;
import io.fairlead.wire.Status;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutcomeTests {
    private final NettyTransport transport = NettyTransport.create(1, "test-server");
    private final AtomicReference<String> question = new AtomicReference<>();
    private volatile String answer = "";
    private final CallServer gateway = new CallServer(
            transport,
            "127.0.0.1",
            0,
            LinkSettings.of("gateway", "test"),
            Map.of(OutcomeApi.GATEWAY, call -> {
                question.set(new String(call.payload(), UTF_8));
                call.reply(answer.getBytes(UTF_8));
            }),
            1000);

    @AfterEach
    void close() {
        gateway.close();
        transport.close();
    }

    private FairleadClient connect() {
        gateway.start();
        return FairleadClient.connect("127.0.0.1:" + gateway.port());
    }

    @Test
    void asksForAKeyAndReadsWhatTheGatewayKnows() {
        try (FairleadClient client = connect()) {
            answer = "{\"state\":\"DONE\",\"messageId\":\"a-1\",\"replyBase64\":\"Mg==\",\"atMillis\":7,\"more\":true}";
            Outcome done = client.outcome("orders", "k-1");
            assertThat(question).hasValue("{\"service\":\"orders\",\"key\":\"k-1\"}");
            assertThat(done.state()).isEqualTo(OutcomeState.DONE);
            assertThat(done.reply()).containsExactly('2');
            assertThat(done.messageId()).isEqualTo("a-1");
            assertThat(done.at()).isEqualTo(Instant.ofEpochMilli(7));
            assertThat(done.reason()).isEmpty();

            answer = "{\"state\":\"DEAD\",\"reason\":\"no such article\",\"atMillis\":0}";
            Outcome dead = client.outcome("orders", "k-2");
            assertThat(dead.state()).isEqualTo(OutcomeState.DEAD);
            assertThat(dead.reason()).isEqualTo("no such article");
            assertThat(dead.reply()).isNull();
            assertThat(dead.at()).isNull();
        }
    }

    @Test
    void anAnswerThatCannotBeReadIsInternal() {
        try (FairleadClient client = connect()) {
            answer = "{}";
            CallException failure = catchThrowableOfType(CallException.class, () -> client.outcome("orders", "k-1"));
            assertThat(failure.status()).isEqualTo(Status.INTERNAL);
            assertThat(failure).hasMessageContaining("state: none");
        }
    }
}
