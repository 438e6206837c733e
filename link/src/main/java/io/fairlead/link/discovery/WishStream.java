package io.fairlead.link.discovery;

import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.call.StreamObserver;
import io.fairlead.link.discovery.RegistryApi.Listening;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The stream over which one registry passes on what an admin wants. Confined to the registration's loop.
///
/// It is asked for after each answer of the registry that finds none, so it needs no timer of its own.
final class WishStream {
    private static final Logger log = LoggerFactory.getLogger(WishStream.class);

    private final Registration registration;
    private final String address;
    private final CallClient client;

    /// For which it is open or being opened; 0 = none.
    private long epoch;

    /// Counts the streams: what an earlier one still brings is dropped.
    private long stream;

    private boolean refused;

    WishStream(Registration registration, String address, CallClient client) {
        this.registration = registration;
        this.address = address;
        this.client = client;
    }

    void linked() {
        refused = false;
    }

    void unlinked() {
        epoch = 0;
        stream++;
    }

    /// Opens it unless it is open for this epoch. Call once the registry has taken the epoch.
    void listen(long registered) {
        if (epoch == registered || refused) {
            return;
        }
        epoch = registered;
        long mine = ++stream;
        byte[] payload = DiscoveryJson.write(new Listening(registration.name(), registered));
        Request request = new Request(RegistryApi.WISHES, Metadata.EMPTY, payload, Request.NO_TIMEOUT);
        client.call(request, new StreamObserver() {
            @Override
            public void part(Reply part) {
                inStream(mine, () -> wished(part));
            }

            @Override
            public void reply(Reply reply) {
                inStream(mine, () -> epoch = 0);
            }

            @Override
            public void failed(CallException failure) {
                inStream(mine, () -> ended(failure));
            }
        });
    }

    private void wished(Reply part) {
        try {
            registration.wished(DiscoveryJson.readWish(part.payload()), address);
        } catch (IllegalArgumentException e) {
            log.warn("Wish for {} from {}: {}", registration.name(), address, e.getMessage());
        }
    }

    private void ended(CallException failure) {
        log.debug("Wishes for {} from {} ended: {}", registration.name(), address, failure.getMessage());
        epoch = 0;
        // An older registry; the one behind the next link may answer.
        refused = failure.status() == Status.UNIMPLEMENTED;
    }

    private void inStream(long mine, Runnable then) {
        registration.loop().execute(() -> {
            if (mine == stream && !registration.closed()) {
                then.run();
            }
        });
    }
}
