"""Calls from a Java service to Java services: through Fairlead's gateway, by gRPC, Dubbo, NATS and RSocket."""
import os

from rig import build, charts, hop, measure, report
from rig.measure import Load, ratio
from rig.peers import Fleet
from rig.processes import Processes, accepts, free_port
from rig.report import Goal, Section

NAMES = ["fairlead", "fairlead-loops", "grpc", "grpc-proxied", "dubbo", "nats", "rsocket", "rsocket-threads"]
IN_FLIGHT, SIZES, RATES = [1, 64, 1000], [64, 1024], [2_000, 10_000]
SERVER_PASSES = 2  # of the warm-up; each starts a caller for each load
JIT_SECONDS = 5  # s: the caller is a new process in each run, which compiles for itself
RATE, P99 = "callsPerSecond", "p99"
PACKAGE = "io.fairlead.benchmarks.rpc."


class Peer:
    """What a caller in Java calls. `client`: the name of its client in RpcLoad; `hop`: the processes between caller and
    handler, or the server where there is none between."""

    def __init__(self, logs, name, title, client, port, hop_processes, workers):
        self.logs, self.name, self.title, self.client, self.port = logs, name, title, client, port
        self.hop_processes = hop_processes
        self.worker_pids = tuple(process.pid for process in workers)

    def running(self):
        return measure.always_running()

    def hop_pids(self):
        return [process.pid for process in self.hop_processes]  # RpcLoad adds the time of all that descend from them

    def run(self, load):
        result = os.path.join(self.logs, f"load-{self.name}.json")
        command = [build.java(), *build.SERVICE_JVM, "-cp", class_path(self.client), PACKAGE + "RpcLoad", "--peer", self.client, "--port", self.port, "--window",
                   load.connections * load.window, "--size", load.size, "--seconds", load.seconds, "--warmup", load.warmup, "--cpu-pid",
                   ",".join(map(str, [*self.hop_pids(), *self.worker_pids])), "--result", result,
                   *(["--rate", load.rate] if load.rate else [])]
        return measure.run_reporting(command, load.seconds + load.warmup, result, os.path.join(self.logs, f"load-{self.name}.log"))


def class_path(client):
    """Of both sides."""
    return build.class_path(without=build.WEB if client == "dubbo" else build.WEB + build.DUBBO)


def start_echo(processes, name, client, program, *arguments):
    return processes.start(name, build.java(), *build.SERVICE_JVM, "-cp", class_path(client), PACKAGE + program, *arguments)


def fairlead(processes, logs):
    fleet = Fleet(processes, "java", True, name="rpc-")
    gateway = fleet.fairlead()
    return Peer(logs, "fairlead", "Fairlead: client, gateway, 2 workers, handlers on threads", "fairlead", gateway.port, [gateway.process],
                [process for process, _ in fleet.workers])


def fairlead_loops(processes, logs):
    fleet = Fleet(processes, "java-loops", True, name="rpc-loops-")
    gateway = fleet.fairlead()
    return Peer(logs, "fairlead-loops", "Fairlead: the same, on event loops (handlers must not block)", "fairlead-loops", gateway.port,
                [gateway.process], [process for process, _ in fleet.workers])


def start_server(processes, name, client, program, *arguments):
    port = free_port()
    process = start_echo(processes, name, client, program, port, *arguments)
    processes.wait(process, lambda: accepts(port), f"connection on port {port}")
    return process, port


def grpc(processes, logs):
    process, port = start_server(processes, "grpc-echo", "grpc", "GrpcEcho")
    return Peer(logs, "grpc", "gRPC-java, direct", "grpc", port, [process], [])


def grpc_proxied(processes, logs):
    program = build.haproxy()
    if not program:
        return None
    servers = [start_server(processes, f"grpc-echo-{number}", "grpc", "GrpcEcho") for number in (1, 2)]
    port = free_port()
    config = os.path.join(logs, "grpc-haproxy.cfg")
    with open(config, "w") as f:
        f.write(HAPROXY.format(port=port, first=servers[0][1], second=servers[1][1]))
    process = processes.start("grpc-haproxy", program, "-db", "-f", config)
    processes.wait(process, lambda: accepts(port), f"connection on port {port}")
    return Peer(logs, "grpc-proxied", "gRPC-java, HAProxy, 2 servers", "grpc", port, [process], [server for server, _ in servers])


def nats(processes, logs):
    program = build.program("nats-server")
    if not program:
        return None
    port = free_port()
    server = processes.start("rpc-nats", program, "-a", "127.0.0.1", "-p", port)
    processes.wait(server, lambda: accepts(port), f"connection on port {port}")
    workers = [start_echo(processes, f"nats-echo-{number}", "nats", "NatsEcho", port) for number in (1, 2)]
    for worker in workers:
        processes.wait(worker, lambda: "Subscribed" in processes.log(worker), "subscription")
    return Peer(logs, "nats", "NATS: server, 2 responders", "nats", port, [server], workers)


def dubbo(processes, logs):
    process, port = start_server(processes, "dubbo-echo", "dubbo", "DubboEcho")
    return Peer(logs, "dubbo", "Dubbo, direct", "dubbo", port, [process], [])


def rsocket(processes, logs):
    process, port = start_server(processes, "rsocket-echo", "rsocket", "RSocketEcho", "loop")
    return Peer(logs, "rsocket", "RSocket, direct, on event loops (handlers must not block)", "rsocket", port, [process], [])


def rsocket_threads(processes, logs):
    process, port = start_server(processes, "rsocket-threads-echo", "rsocket-threads", "RSocketEcho", "threads")
    return Peer(logs, "rsocket-threads", "RSocket, direct, handlers on threads", "rsocket-threads", port, [process], [])


STARTS = {"fairlead": fairlead, "fairlead-loops": fairlead_loops, "grpc": grpc, "grpc-proxied": grpc_proxied, "dubbo": dubbo, "nats": nats, "rsocket": rsocket,
          "rsocket-threads": rsocket_threads}

# HTTP/2 on both sides, so that each call is balanced and not each connection. By default it takes 100 calls at a time on a
# connection, and of 1,000 the rest would wait in the caller.
HAPROXY = """\
global
    maxconn 2000
    tune.h2.max-concurrent-streams 2000
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen calls
    bind 127.0.0.1:{port} proto h2
    balance roundrobin
    server server1 127.0.0.1:{first} proto h2
    server server2 127.0.0.1:{second} proto h2
"""


def run(options, logs):
    names = options.only or NAMES
    build.native()
    build.jars("benchmarks", *(["registry-service", "gateway-service", "worker-service"] if {"fairlead", "fairlead-loops"} & set(names) else []))
    plan = options.plan
    in_flight, sizes = ([64], SIZES[:1]) if plan.quick else (IN_FLIGHT, SIZES)
    warmup = max(plan.warmup, 3 if plan.quick else JIT_SECONDS)
    results = {}
    with Processes(logs) as processes:
        peers = [peer for peer in (STARTS[name](processes, logs) for name in names) if peer]
        measure.warm_up(peers, [Load(1, window, 64, 0, 0) for window in in_flight], plan.jit_seconds, SERVER_PASSES)
        loads = {f"{window:,} in flight, {size:,} B": Load(1, window, size, plan.seconds, warmup) for size in sizes for window in in_flight if size == sizes[0] or window == 64}
        loads |= {f"open loop, {rate:,} calls/s of 64 B": Load(1, max(IN_FLIGHT), 64, plan.seconds, warmup, rate)
                  for rate in (RATES[:1] if plan.quick else RATES)}
        for key, cells in measure.compare(peers, loads, plan.rounds, options.max_others, ["64 in flight, 64 B"]):
            results[key] = cells
    facts = hop.facts_of(plan.rounds, plan.seconds, warmup, " of a new caller", (
        "caller", "one JVM and one connection; the thread that brings an answer makes the next call; settings of each library: README.md"), (
        "open loop", f"calls arrive at random (Poisson, fixed seed), at most {max(IN_FLIGHT):,} in flight; latency runs from the time of arrival"),
        hop.quiet_note(results))
    return Section("rpc", "Calls between Java services", facts, tables(peers, results), goals(results), pictures(peers, results),
                   [*hop.programs(["haproxy"] if "grpc-proxied" in names else []),
                    *([("nats", build.version(build.program("nats-server") or "nats-server", "-v"))] if "nats" in names else [])],
                   hop.good(results))


HEAD = ["", "calls/s (min to max)", "p50 µs", "p99 µs", "p99.9 µs", "CPU s per million: hop or server", "workers", "caller",
        "calls for each CPU second of hop or server", "bytes allocated a call: hop or server", "workers", "errors"]


def per_cpu(cell):
    return 1e6 / cell.cpu_per_million() if cell.cpu_per_million() else 0


def row(peer, cell):
    if not cell.ok:
        return [peer.title, "fails: " + cell.failures[0], *[""] * 10]
    return [peer.title, report.spread(cell.rates()), *[report.short(cell.median(p)) for p in ("p50", "p99", "p999")],
            *[report.short(cell.cpu_per_million(f)) for f in ("cpu", "cpuWorkers", "ownCpuSeconds")], report.short(per_cpu(cell)),
            cell.allocated(), cell.allocated("allocatedWorkers"), cell.trouble() or "0"]


def tables(peers, results):
    return "\n\n".join(f"### {key}\n\n" + report.table([HEAD, *[row(p, cells[p.name]) for p in peers]]) for key, cells in results.items())


# Like with like: handlers and callbacks that may block, or those that may not
PAIRS = [("fairlead", "nats"), ("fairlead", "dubbo"), ("fairlead", "rsocket-threads"), ("fairlead-loops", "grpc"), ("fairlead-loops", "rsocket")]


def goals(results):
    found = []
    for key, cells in results.items():
        if not key.endswith(", 64 B") or key.startswith("1 "):
            continue
        pairs = [(ours, other) for ours, other in PAIRS if ours in cells and other in cells and cells[other].ok]
        found += [Goal(f"{key}: calls/s of {ours} as a multiple of {other}'s", ratio(cells, ours, other), 1) for ours, other in pairs]
        if ("fairlead", "nats") in pairs:
            found.append(Goal(f"{key}: p99 of fairlead as a multiple of nats'", ratio(cells, "fairlead", "nats", P99), 1, True))
        if ("fairlead-loops", "grpc") in pairs and cells["fairlead-loops"].ok:
            found.append(Goal(f"{key}: calls for each CPU second of the gateway as a multiple of those of gRPC's server",
                              per_cpu(cells["fairlead-loops"]) / per_cpu(cells["grpc"]), 2.5))
    return found


def pictures(peers, results):
    keys = [key for key in results if key.endswith(", 64 B")]

    def values(field):
        return {p.title: [field(results[key][p.name]) if results[key][p.name].ok else None for key in keys] for p in peers}
    return [charts.Bars("throughput", "Calls a second between Java services, 64 B", "calls/s", [k.rsplit(",", 1)[0] for k in keys],
                        values(lambda cell: cell.median(RATE)), log=True),
            charts.Bars("p99", "p99 between Java services, 64 B", "µs", [k.rsplit(",", 1)[0] for k in keys],
                        values(lambda cell: cell.median(P99)), log=True)]
