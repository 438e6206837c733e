package io.fairlead.systemtests.faults;

import io.fairlead.systemtests.nodes.Host;
import io.fairlead.systemtests.nodes.Hosts;
import io.fairlead.systemtests.nodes.Shell;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// Hosts made of network namespaces, joined by a bridge in a namespace of its own:
///
/// ```
///   this machine           NAME-switch                     NAME-worker-0
///   ┌──────────┐   veth   ┌───────────────────────┐  veth  ┌────────────────────┐
///   │ flPID ───┼──────────┼─ up ── br0 ── worker-0 ┼───────┼─ eth0 198.18.N.1/24 │   … one for each host
///   └──────────┘          └───────────────────────┘        └────────────────────┘
/// ```
///
/// The addresses are of 198.18.0.0/15, which RFC 2544 keeps for benchmarks of networks. Names hold the id of
/// the bench's process, so that several benches may run at a time, and so that one can remove what a crashed
/// one has left ([#removeStale]). Faults are undone by [#heal], and with everything else by [#close]. Not
/// thread-safe.
final class NamespaceHosts implements Hosts {
    private static final String PREFIX = "fairlead-";

    private final String name = PREFIX + ProcessHandle.current().pid() + "-";
    private final String switchName = name + "switch";
    private final String uplink = "fl" + ProcessHandle.current().pid();
    private final String network = freeNetwork();
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final Deque<Runnable> undo = new ArrayDeque<>();

    /// Makes the hosts.
    ///
    /// @param names of hosts, each at most 15 characters (a network interface is called like it)
    /// @throws IllegalStateException if the system does not allow it; see [#whyNot]
    NamespaceHosts(List<String> names) {
        removeStale();
        try {
            Shell.run("ip", "netns", "add", switchName);
            inSwitch("link", "add", "name", "br0", "type", "bridge");
            inSwitch("link", "set", "br0", "up");
            Shell.run("ip", "link", "add", uplink, "type", "veth", "peer", "name", "up", "netns", switchName);
            attach("up");
            Shell.run("ip", "addr", "add", network + "254/24", "dev", uplink);
            Shell.run("ip", "link", "set", uplink, "up");
            names.forEach(this::add);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Why hosts cannot be made here; empty if they can.
    static Optional<String> whyNot() {
        String probe = PREFIX + ProcessHandle.current().pid() + "-probe";
        Shell.Result made = Shell.attempt(List.of("ip", "netns", "add", probe));
        if (made.exit() != 0) {
            return Optional.of("network namespaces are not permitted here: ip netns add: " + made.output());
        }
        try {
            for (List<String> needed : List.of(
                    List.of("ip", "-n", probe, "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1"),
                    List.of("ip", "-n", probe, "link", "add", "name", "br0", "type", "bridge"),
                    List.of("nsenter", "--net=/run/netns/" + probe, "iptables", "-A", "INPUT", "-j", "DROP"))) {
                Shell.Result result = Shell.attempt(needed);
                if (result.exit() != 0) {
                    return Optional.of(String.join(" ", needed) + ": " + result.output());
                }
            }
            return Optional.empty();
        } finally {
            Shell.attempt(List.of("ip", "netns", "del", probe));
        }
    }

    /// Removes what benches have left whose process has ended, with all that runs there.
    static void removeStale() {
        for (String namespace : namespaces()) {
            String[] parts = namespace.split("-", 3);
            if (namespace.startsWith(PREFIX)
                    && parts[1].matches("\\d+")
                    && ProcessHandle.of(Long.parseLong(parts[1])).isEmpty()) {
                remove(namespace);
            }
        }
    }

    private static List<String> namespaces() {
        return Shell.run("ip", "netns", "list")
                .lines()
                .map(line -> line.split(" ", 2)[0])
                .filter(each -> !each.isBlank())
                .toList();
    }

    private static void remove(String namespace) {
        String inside = Shell.attempt(List.of("ip", "netns", "pids", namespace)).output();
        inside.lines()
                .filter(pid -> pid.matches("\\d+"))
                .forEach(pid -> ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly));
        Shell.attempt(List.of("ip", "netns", "del", namespace));
    }

    private static String freeNetwork() {
        try {
            List<String> taken = NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(address -> String.valueOf(address.getHostAddress()))
                    .toList();
            while (true) {
                int third = ThreadLocalRandom.current().nextInt(512);
                String network = "198." + (18 + third / 256) + "." + third % 256 + ".";
                if (taken.stream().noneMatch(address -> address.startsWith(network))) {
                    return network;
                }
            }
        } catch (SocketException e) {
            throw new IllegalStateException("the machine's addresses cannot be read", e);
        }
    }

    private void add(String host) {
        String namespace = name + host;
        String address = network + (hosts.size() + 1);
        hosts.put(host, new Host(host, address, List.of("nsenter", "--net=/run/netns/" + namespace, "--")));
        Shell.run("ip", "netns", "add", namespace);
        inSwitch("link", "add", "name", host, "type", "veth", "peer", "name", "eth0", "netns", namespace);
        attach(host);
        Shell.run("ip", "-n", namespace, "addr", "add", address + "/24", "dev", "eth0");
        Shell.run("ip", "-n", namespace, "link", "set", "eth0", "up");
        Shell.run("ip", "-n", namespace, "link", "set", "lo", "up");
    }

    private void attach(String port) {
        inSwitch("link", "set", "dev", port, "master", "br0");
        inSwitch("link", "set", "dev", port, "up");
    }

    @Override
    public Host host(String host) {
        Host found = hosts.get(host);
        if (found == null) {
            throw new IllegalArgumentException("host: " + host + " (expected: one of " + hosts.keySet() + ")");
        }
        return found;
    }

    /// Drops whatever goes from one host to another. The other direction stays as it is.
    void cut(String from, String to) {
        rule(to, "-s", host(from).address(), "-j", "DROP");
    }

    /// Drops whatever goes between two hosts.
    void cutBoth(String one, String other) {
        cut(one, other);
        cut(other, one);
    }

    /// Resets every TCP connection between two hosts at the next segment from the one to the other. Not to be
    /// done both ways: resets would be rejected themselves.
    void reset(String from, String to) {
        rule(to, "-s", host(from).address(), "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset");
    }

    /// Loses packets between two hosts, in both directions. The kernel throws the dice, so they are not part
    /// of the seed.
    ///
    /// @param share of the packets, above 0 and below 1
    void lose(String one, String other, double share) {
        for (String[] pair : new String[][] {{one, other}, {other, one}}) {
            rule(
                    pair[1],
                    "-s",
                    host(pair[0]).address(),
                    "-m",
                    "statistic",
                    "--mode",
                    "random",
                    "--probability",
                    Double.toString(share),
                    "-j",
                    "DROP");
        }
    }

    /// Lets a host send no faster than this.
    void limit(String host, int kilobitsPerSecond) {
        List<String> dev = List.of("tc", "-n", name + host(host).name(), "qdisc");
        List<String> tail = List.of("dev", "eth0", "root");
        Shell.run(concat(
                dev,
                List.of("add"),
                tail,
                List.of("tbf", "rate", kilobitsPerSecond + "kbit", "burst", "4kb", "latency", "2s")));
        undo.push(() -> Shell.run(concat(dev, List.of("del"), tail)));
    }

    /// Pulls a host's plug: no packet comes or goes, and nothing says so.
    void unplug(String host) {
        String port = host(host).name();
        inSwitch("link", "set", "dev", port, "down");
        undo.push(() -> inSwitch("link", "set", "dev", port, "up"));
    }

    /// Undoes all faults, the latest first.
    void heal() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    private void rule(String at, String... rule) {
        List<String> iptables = concat(host(at).enter(), List.of("iptables", "-w"));
        Shell.run(concat(iptables, List.of("-A", "INPUT"), List.of(rule)));
        undo.push(() -> Shell.run(concat(iptables, List.of("-D", "INPUT"), List.of(rule))));
    }

    private void inSwitch(String... command) {
        Shell.run(concat(List.of("ip", "-n", switchName), List.of(command)));
    }

    @SafeVarargs
    private static List<String> concat(List<String>... lists) {
        List<String> all = new ArrayList<>();
        for (List<String> list : lists) {
            all.addAll(list);
        }
        return all;
    }

    @Override
    public void close() {
        undo.clear();
        for (String namespace : namespaces()) {
            if (namespace.startsWith(name)) {
                remove(namespace);
            }
        }
        // It goes with the switch, in the background: removed here so that it is gone when this returns.
        Shell.attempt(List.of("ip", "link", "del", uplink));
    }
}
