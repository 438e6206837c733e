package io.fairlead.benchmarks.rpc;

import io.nats.client.Connection;
import io.nats.client.Nats;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// A responder that answers requests with what it was sent, in the queue group of all of them.
///
///     NatsEcho PORT-OF-THE-SERVER
final class NatsEcho {
    static final String SUBJECT = "echo";

    private NatsEcho() {}

    public static void main(String[] args) throws Exception {
        Connection connection = Nats.connect("nats://127.0.0.1:" + args[0]);
        connection
                .createDispatcher(request -> connection.publish(request.getReplyTo(), request.getData()))
                .subscribe(SUBJECT, "workers");
        connection.flush(Duration.ofSeconds(5));
        System.getLogger(NatsEcho.class.getName()).log(Level.INFO, "Subscribed");
        new CountDownLatch(1).await();
    }
}
