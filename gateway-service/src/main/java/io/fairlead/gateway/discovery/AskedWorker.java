package io.fairlead.gateway.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.call.StreamObserver;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.wire.Metadata;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks one worker, over a link of its own, what it offers, and hears of each change. Confined to one loop, but for
/// [#start] and [#close].
final class AskedWorker {
    private static final Logger log = LoggerFactory.getLogger(AskedWorker.class);
    private static final long RETRY_MIN_MILLIS = 500;
    private static final long RETRY_MAX_MILLIS = 1_500;
    private static final int MAX_CALLS = 4;

    private final InetSocketAddress address;
    private final EventLoop loop;
    private final Runnable changed;
    private final CallClient client;

    private boolean linked;

    /// Counts the streams: what an earlier one still brings is dropped.
    private long stream;

    private CallClient.@Nullable Cancellation open;
    private boolean warned;
    private @Nullable Instance instance;
    private volatile boolean closed;

    /// @param changed run on the loop when the worker has said something new
    AskedWorker(
            NettyTransport transport,
            EventLoop loop,
            InetSocketAddress address,
            LinkSettings settings,
            Runnable changed) {
        this.address = address;
        this.loop = loop;
        this.changed = changed;
        this.client = new CallClient(transport, List.of(address), settings, MAX_CALLS, new CallClient.Listener() {
            @Override
            public void connected() {
                loop.execute(() -> {
                    linked = true;
                    ask();
                });
            }

            @Override
            public void disconnected(String why) {
                loop.execute(() -> {
                    linked = false;
                    stream++;
                    warn(why);
                });
            }
        });
    }

    void start() {
        client.start();
    }

    void close() {
        closed = true;
        client.close();
    }

    /// What it said last, at the address at which it was asked; null before it has.
    @Nullable Instance instance() {
        return instance;
    }

    private void ask() {
        long mine = ++stream;
        CallClient.Cancellation before = open;
        if (before != null) {
            // One that brought what cannot be read goes on, and would keep its place among the calls of the link.
            before.cancel();
        }
        Request request = new Request(RegistryApi.OFFERS, Metadata.EMPTY, "{}".getBytes(UTF_8), Request.NO_TIMEOUT);
        open = client.call(request, new StreamObserver() {
            @Override
            public void part(Reply part) {
                inStream(mine, () -> take(part));
            }

            @Override
            public void reply(Reply reply) {
                inStream(mine, () -> again("it ended the stream", false));
            }

            @Override
            public void failed(CallException failure) {
                inStream(mine, () -> again(String.valueOf(failure.getMessage()), true));
            }
        });
    }

    private void take(Reply part) {
        try {
            Instance said =
                    DiscoveryJson.read(part.payload(), Instance.class).at(address.getHostString(), address.getPort());
            warned = false;
            Instance before = instance;
            boolean overtaken = before != null && before.epoch() == said.epoch() && before.revision() > said.revision();
            if (!overtaken && !said.equals(before)) {
                instance = said;
                changed.run();
            }
        } catch (IllegalArgumentException e) {
            again(String.valueOf(e.getMessage()), true);
        }
    }

    private void again(String why, boolean odd) {
        if (odd) {
            warn(why);
        }
        long mine = ++stream;
        if (linked) {
            long delayMillis = RandomGenerator.getDefault().nextLong(RETRY_MIN_MILLIS, RETRY_MAX_MILLIS);
            loop.schedule(() -> inStream(mine, this::ask), delayMillis, TimeUnit.MILLISECONDS);
        }
    }

    /// Once, until it has answered again.
    private void warn(String why) {
        if (!warned && !closed) {
            warned = true;
            log.warn(
                    "The worker at {}:{} does not say what it offers (fairlead.worker/offers): {}",
                    address.getHostString(),
                    address.getPort(),
                    why);
        }
    }

    private void inStream(long mine, Runnable then) {
        loop.execute(() -> {
            if (mine == stream && !closed) {
                then.run();
            }
        });
    }
}
