package io.fairlead.systemtests;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/// A registry, a gateway with many listeners, a reference worker and a [RendezvousWorker], started once for all tests
/// that kill nothing.
///
/// | listeners | what for |
/// | --- | --- |
/// | `framing-…` | one for each [ClientFraming], to `echo/echo`, messages of at most [#MAX_MESSAGE_BYTES] |
/// | `silent`, `unread` | short limits for clients that do not send or read |
/// | `in-order`, `correlated` | to handlers that answer in reverse order |
/// | `proxied` | wants a PROXY protocol header |
/// | `late` | to a handler that answers when it is told, calls of at most 300 ms |
/// | `nobody-…`, `slow-…`, `failing-…` | one for each dialect, to a service without worker, one that never answers, one
/// that throws |
record Suite(Cluster cluster, Gateway gateway) implements AutoCloseable {
    static final int MAX_MESSAGE_BYTES = 200;

    static final String WORKER = "worker-0";

    private static Suite start() {
        Cluster cluster = new Cluster("suite", 1);
        try {
            cluster.startRegistry(0);
            Gateway gateway = cluster.startGateway(listeners());
            ServiceProcess worker = cluster.startWorker(WORKER);
            ServiceProcess rendezvous = cluster.startRendezvousWorker();
            worker.awaitReady();
            gateway.process().awaitReady();
            Cluster.awaitConnected(gateway, worker.name());
            Cluster.awaitConnected(gateway, rendezvous.name());
            return new Suite(cluster, gateway);
        } catch (RuntimeException | Error e) {
            System.err.println(cluster.logTails());
            cluster.close();
            throw e;
        }
    }

    private static List<Listener> listeners() {
        List<Listener> listeners = new ArrayList<>();
        for (ClientFraming framing : ClientFraming.values()) {
            List<String> settings = new ArrayList<>(framing.settings());
            settings.addAll(List.of(
                    "call=echo/echo",
                    "dialect=text",
                    "max-message-size=" + MAX_MESSAGE_BYTES + "B",
                    "mid-message-timeout=3s"));
            listeners.add(new Listener(framing.listener(), settings));
        }
        listeners.add(Listener.of("silent", "framing=lf", "call=echo/upper", "first-byte-timeout=1s"));
        listeners.add(Listener.of("unread", "framing=lf", "call=echo/echo", "slow-reader-timeout=1s"));
        listeners.add(Listener.of("proxied", "framing=lf", "call=echo/upper", "proxy-protocol=required"));
        listeners.add(Listener.of("in-order", "framing=lf", "dialect=text", "call=rendezvous/meet"));
        listeners.add(Listener.of("late", "framing=lf", "dialect=text", "call=rendezvous/late", "timeout=300ms"));
        listeners.add(Listener.of(
                "correlated", "framing=length2", "dialect=iso8583", "replies=correlated", "call=rendezvous/authorize"));
        for (String[] service : new String[][] {
            {"nobody", "nobody/answers"},
            {"slow", "rendezvous/never", "timeout=300ms"},
            {"failing", "rendezvous/fail"}
        }) {
            listeners.add(dialect(service, "hl7", "mllp"));
            listeners.add(dialect(service, "iso8583", "length2"));
            listeners.add(dialect(service, "text", "lf"));
            listeners.add(dialect(service, "none", "lf"));
        }
        return listeners;
    }

    private static Listener dialect(String[] service, String dialect, String framing) {
        List<String> settings =
                new ArrayList<>(List.of("framing=" + framing, "dialect=" + dialect, "call=" + service[1]));
        settings.addAll(Arrays.asList(service).subList(2, service.length));
        return new Listener(service[0] + "-" + dialect, settings);
    }

    @Override
    public void close() {
        cluster.close();
    }

    /// Gives the suite to constructors of test classes; starts it for the first and ends it after the last.
    static final class Extension implements ParameterResolver, TestExecutionExceptionHandler {
        private static Suite suite(ExtensionContext context) {
            return context.getRoot()
                    .getStore(Namespace.create(Suite.class))
                    .computeIfAbsent(Suite.class, key -> Suite.start(), Suite.class);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Suite.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return suite(context);
        }

        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
            suite(context).cluster().handleTestExecutionException(context, failure);
        }
    }
}
