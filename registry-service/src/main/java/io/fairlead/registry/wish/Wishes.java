package io.fairlead.registry.wish;

import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.RegistryApi.Listening;
import io.fairlead.link.discovery.Wish;
import io.fairlead.wire.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// The streams through which instances hear what an admin wants of them, and who waits for it to come true. Not
/// thread-safe.
///
/// Each instance has one stream at most, the one that was opened last; who waits is bounded by the admin's requests.
public final class Wishes {
    private final Map<String, Stream> streams = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();

    private record Stream(long epoch, IncomingCall call) {}

    private record Waiting(String instance, Wish wish, CompletableFuture<Boolean> fulfilled) {}

    /// Keeps a stream open. What is listed under this name is for the caller to check.
    public void listen(IncomingCall call, Listening listening) {
        Stream mine = new Stream(listening.epoch(), call);
        Stream before = streams.put(listening.instance(), mine);
        if (before != null) {
            before.call().fail(Status.ABORTED, "another stream of wishes was opened for this instance");
        }
        call.onCancel(() -> {
            streams.remove(listening.instance(), mine);
            call.fail(Status.CANCELLED, "the stream of wishes was cancelled");
        });
    }

    /// Tells an instance.
    ///
    /// @param fulfilled completed with true once the instance says that it is so; the caller ends it otherwise
    /// @return false if this incarnation has no stream here, or the caller has ended `fulfilled` already
    public boolean tell(Instance instance, Wish wish, CompletableFuture<Boolean> fulfilled) {
        if (fulfilled.isDone()) {
            return false;
        }
        Stream stream = streams.get(instance.instance());
        if (stream == null
                || stream.epoch() != instance.epoch()
                || !stream.call().replyPart(DiscoveryJson.write(wish))) {
            return false;
        }
        waiting.removeIf(each -> each.fulfilled().isDone());
        waiting.add(new Waiting(instance.instance(), wish, fulfilled));
        return true;
    }

    /// An instance said what it is now.
    public void heard(Instance instance) {
        Iterator<Waiting> each = waiting.iterator();
        while (each.hasNext()) {
            Waiting next = each.next();
            if (next.instance().equals(instance.instance()) && next.wish().isFulfilledBy(instance)) {
                each.remove();
                next.fulfilled().complete(true);
            }
        }
    }

    /// Ends all streams.
    public void close(String why) {
        List.copyOf(streams.values()).forEach(stream -> stream.call().fail(Status.UNAVAILABLE, why));
        streams.clear();
    }

    /// How many instances can be told.
    public int size() {
        return streams.size();
    }
}
