package io.fairlead.starter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.wire.Route;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Takes every registration and remembers what it was told.
public final class FakeRegistry implements AutoCloseable {
    private static final byte[] LEASE = "{\"leaseMillis\":10000,\"renewMillis\":3000}".getBytes(UTF_8);

    private final NettyTransport transport = NettyTransport.create(1, "test-registry");
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<IncomingCall> wishes = new CopyOnWriteArrayList<>();
    private final CallServer server = new CallServer(
            transport,
            "127.0.0.1",
            0,
            LinkSettings.of("registry", "registry-1"),
            Map.<Route, CallHandler>of(
                    Route.parse("fairlead.registry/register"), call -> answer(call, LEASE),
                    Route.parse("fairlead.registry/renew"), call -> answer(call, LEASE),
                    Route.parse("fairlead.registry/leave"), call -> answer(call, "{}".getBytes(UTF_8)),
                    Route.parse("fairlead.registry/wishes"), this::listen),
            100);

    public FakeRegistry() {
        server.start();
    }

    private void listen(IncomingCall call) {
        heard.add("wishes " + new String(call.payload(), UTF_8));
        wishes.add(call);
    }

    /// Passes a wish on, as JSON, over the stream that was opened last.
    public void wish(String json) {
        wishes.getLast().replyPart(json.getBytes(UTF_8));
    }

    private void answer(IncomingCall call, byte[] answer) {
        heard.add(call.route().method() + " " + new String(call.payload(), UTF_8));
        call.reply(answer);
    }

    /// `method payload` of each call, in order.
    public List<String> heard() {
        return heard;
    }

    public String address() {
        return "127.0.0.1:" + server.port();
    }

    @Override
    public void close() {
        server.close();
        transport.close();
    }
}
