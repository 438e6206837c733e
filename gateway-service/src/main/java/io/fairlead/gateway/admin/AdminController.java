package io.fairlead.gateway.admin;

import io.fairlead.gateway.listener.ConnectionStatus;
import io.fairlead.gateway.listener.Listener;
import io.fairlead.gateway.listener.Listeners;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.link.CloseReason;
import io.fairlead.link.discovery.ServiceOffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `GET /admin/listeners`, `/admin/connections` and `/admin/upstreams`.
@RestController
@RequestMapping("/admin")
class AdminController {
    private static final int MAX_CONNECTIONS = 1000;

    private final Listeners listeners;
    private final Upstreams upstreams;

    AdminController(Listeners listeners, Upstreams upstreams) {
        this.listeners = listeners;
        this.upstreams = upstreams;
    }

    /// A port of the gateway; `closed` counts the connections that have ended, by reason.
    record ListenerView(
            String name,
            int port,
            String framing,
            String dialect,
            @Nullable String call,
            int connections,
            int maxConnections,
            boolean tls,
            Map<CloseReason, Long> closed) {}

    /// Open connections, at most `limit` of `total`.
    record ConnectionsView(int total, List<ConnectionStatus> connections) {}

    /// A worker as this gateway sees it.
    record UpstreamView(
            String instance,
            long epoch,
            String address,
            String zone,
            int weight,
            int capacity,
            String state,
            boolean listed,
            boolean connected,
            boolean suspect,
            int inFlight,
            List<ServiceOffer> services) {}

    @GetMapping("/listeners")
    List<ListenerView> listeners() {
        return listeners.all().stream().map(AdminController::view).toList();
    }

    private static ListenerView view(Listener listener) {
        return new ListenerView(
                listener.name(),
                listener.port(),
                listener.properties().framing(),
                listener.properties().dialect(),
                listener.properties().call(),
                listener.connections().size(),
                listener.properties().maxConnections(),
                listener.properties().sslBundle() != null,
                listener.closed());
    }

    @GetMapping("/connections")
    ConnectionsView connections(
            @RequestParam(required = false) @Nullable String listener, @RequestParam(defaultValue = "100") int limit) {
        List<ConnectionStatus> open = listeners.all().stream()
                .filter(each -> listener == null || each.name().equals(listener))
                .flatMap(each -> each.connections().stream())
                .sorted(Comparator.comparing(ConnectionStatus::since))
                .toList();
        return new ConnectionsView(
                open.size(),
                open.stream().limit(Math.clamp(limit, 0, MAX_CONNECTIONS)).toList());
    }

    @GetMapping("/upstreams")
    List<UpstreamView> upstreams() {
        return upstreams.instances().stream()
                .map(status -> new UpstreamView(
                        status.instance().instance(),
                        status.instance().epoch(),
                        status.instance().host() + ":" + status.instance().port(),
                        status.instance().zone(),
                        status.instance().weight(),
                        status.instance().capacity(),
                        status.instance().state().name(),
                        status.listed(),
                        status.connectedLoops() > 0,
                        status.suspect(),
                        status.inFlight(),
                        status.instance().services()))
                .sorted(Comparator.comparing(UpstreamView::instance))
                .toList();
    }
}
