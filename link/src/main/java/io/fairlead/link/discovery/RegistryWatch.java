package io.fairlead.link.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.call.StreamObserver;
import io.fairlead.link.discovery.RegistryApi.View;
import io.fairlead.wire.Metadata;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The watch of one registry: keeps a stream of views open and begins it anew when it ends or does not add up.
///
/// Confined to the fleet watch's loop; JSON is read on the client's.
final class RegistryWatch {
    private static final Logger log = LoggerFactory.getLogger(RegistryWatch.class);
    private static final long RETRY_MIN_MILLIS = 100;
    private static final long RETRY_MAX_MILLIS = 1_000;
    private static final int MAX_CALLS = 16;

    private final EventLoop loop;
    private final Runnable changed;
    private final NodeView view;
    private final CallClient client;

    private boolean linked;

    /// Counts the streams: what an earlier one still brings is dropped.
    private long stream;

    private CallClient.@Nullable Cancellation open;

    RegistryWatch(
            NettyTransport transport,
            InetSocketAddress address,
            LinkSettings settings,
            EventLoop loop,
            Runnable changed) {
        this.loop = loop;
        this.changed = changed;
        this.view = new NodeView(address.getHostString() + ":" + address.getPort());
        this.client = new CallClient(
                transport, List.of(address), RegistryLinks.of(settings), MAX_CALLS, new CallClient.Listener() {
                    @Override
                    public void connected() {
                        loop.execute(() -> {
                            linked = true;
                            watch();
                        });
                    }

                    @Override
                    public void disconnected(String why) {
                        loop.execute(() -> {
                            linked = false;
                            stream++;
                            silent(why);
                        });
                    }
                });
    }

    NodeView view() {
        return view;
    }

    /// From any thread.
    void start() {
        client.start();
    }

    /// From any thread.
    void close() {
        client.close();
    }

    private void watch() {
        long mine = ++stream;
        CallClient.Cancellation before = open;
        if (before != null) {
            before.cancel();
        }
        Request request = new Request(RegistryApi.WATCH, Metadata.EMPTY, "{}".getBytes(UTF_8), Request.NO_TIMEOUT);
        open = client.call(request, new StreamObserver() {
            @Override
            public void part(Reply part) {
                try {
                    View next = DiscoveryJson.readView(part.payload());
                    inStream(mine, () -> take(next));
                } catch (IllegalArgumentException e) {
                    inStream(mine, () -> again("view: " + e.getMessage()));
                }
            }

            @Override
            public void reply(Reply reply) {
                inStream(mine, () -> again("the watch ended"));
            }

            @Override
            public void failed(CallException failure) {
                inStream(mine, () -> again("watch: " + failure.getMessage()));
            }
        });
    }

    private void take(View next) {
        String wrong = view.apply(next);
        if (wrong.isEmpty()) {
            changed.run();
        } else {
            again(wrong);
        }
    }

    private void again(String why) {
        log.debug("Watch of {} begins anew: {}", view.address, why);
        long mine = ++stream;
        silent(why);
        if (linked) {
            long delayMillis = RandomGenerator.getDefault().nextLong(RETRY_MIN_MILLIS, RETRY_MAX_MILLIS);
            loop.schedule(() -> inStream(mine, this::watch), delayMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void silent(String why) {
        view.silent(why, System.nanoTime());
        changed.run();
    }

    private void inStream(long mine, Runnable then) {
        loop.execute(() -> {
            if (mine == stream) {
                then.run();
            }
        });
    }
}
