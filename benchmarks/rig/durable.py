"""Messages that are acknowledged as durable, beside what else acknowledges such: how many a second."""
import base64
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request

from rig import build, charts, measure, report
from rig.measure import Cell
from rig.peers import BANNER_OFF, Fleet, NO_DATABASE
from rig.processes import Processes, accepts, free_port
from rig.report import Goal, Section

SENDERS, SIZES = [1, 16, 128], [256, 4096]
JAVA_WARMUP = 4      # s: clients in Java are a new process in each run, which compiles for itself
DRAIN_SECONDS = 120  # for what was accepted and is not done when a run ends
ACCEPT, DELIVER, DISK = "fairlead", "fairlead-deliver", "fdatasync"
GOALS = [(1, ACCEPT, DISK, 0.5), (128, ACCEPT, DISK, 8), (1, ACCEPT, "rabbitmq", 2), (16, ACCEPT, "rabbitmq", 2),
         (128, ACCEPT, "rabbitmq", 2), (1, ACCEPT, "redis", 1), (16, ACCEPT, "redis", 1), (128, ACCEPT, "redis", 1),
         (1, ACCEPT, "nats", 0.8), (16, ACCEPT, "nats", 0.8), (128, ACCEPT, "nats", 0.8), (1, DELIVER, ACCEPT, 0.5),
         (16, DELIVER, ACCEPT, 0.5), (128, DELIVER, ACCEPT, 0.5)]
# A gateway keeps messages for a method that it knows of: by a worker's offer, or by a listener that is bound to it.
BOUND = [(f"fairlead.gateway.listeners.orders.{key}", value) for key, value in
         (("port", 0), ("framing", "mllp"), ("dialect", "hl7"), ("send", "orders/place"))]


def run_program(command, seconds):
    """As measure.run_program; the CPU time is that of the peer, or the load's own where that does the work itself."""
    result = measure.run_program(command, seconds)
    if "failed" not in result:
        result["cpu"] = sum(result.get("cpuSeconds", {}).values()) if result.get("cpuSeconds") else result["ownCpuSeconds"]
    return result


class Peer:
    """Something that acknowledges messages. `fsync`: what an acknowledgement means; `client`: how the load comes."""
    name = title = fsync = client = ""

    def cell(self):
        """A context around all rounds with one number of senders and one size."""
        return contextlib.nullcontext()

    def run(self, senders, size, seconds, warmup):
        raise NotImplementedError


class Disk(Peer):
    name, title = DISK, "the disk: append + fdatasync"
    fsync = "one fdatasync for each record of a growing file"
    client = "one thread, whatever the number of senders"

    def __init__(self, folder):
        self.folder = folder

    def run(self, senders, size, seconds, warmup):
        return run_program([os.path.join(build.NATIVE, "fdatasync_rate"), "--file", os.path.join(self.folder, "log"),
                            "--size", size, "--seconds", seconds, "--warmup", warmup], seconds + warmup)


class Fairlead(Peer):
    """A gateway with a new journal for each cell, because what is accepted and nobody takes stays in it."""
    name, title = ACCEPT, "Fairlead: accepted"
    fsync = "one fdatasync of the journal's log for each batch, before its acknowledgements; within 50 ms in SQLite as well"
    client = "as many connections as senders, each with one message in flight (load, in C)"

    def __init__(self, logs, folder, jit_seconds):
        self.logs, self.folder, self.jit_seconds = logs, folder, jit_seconds
        self.password = secrets.token_hex(16)
        self.gateway = None

    @contextlib.contextmanager
    def cell(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        try:
            with Processes(self.logs) as processes:
                fleet = Fleet(processes, "c", True, name=self.name + "-")
                self.start_worker(processes, fleet, folder)
                self.gateway = fleet.fairlead(properties=[
                    ("fairlead.gateway.journal.url", f"jdbc:sqlite:{folder}/journal.db"),
                    ("fairlead.gateway.discovery.view-file", f"{folder}/view.json"),
                    ("fairlead.admin.password", self.password), *BOUND])
                self.warm_up()
                yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def start_worker(self, processes, fleet, folder):
        """Nobody receives the messages."""

    def pids(self):
        return [self.gateway.process.pid]

    def warm_up(self):
        print(f"  warm-up {self.name}", flush=True)
        self.run(max(SENDERS), 256, self.jit_seconds, 0)

    def run(self, senders, size, seconds, warmup):
        return run_program([os.path.join(build.NATIVE, "load"), "--target", self.gateway.target, "--route", "orders/place",
                            "--send", "--connections", senders, "--window", 1, "--size", size, "--seconds", seconds,
                            "--warmup", warmup, "--cpu-pid", ",".join(map(str, self.pids()))], seconds + warmup)

    def books(self):
        """(done, in flight), summed over all books."""
        token = base64.b64encode(f"admin:{self.password}".encode()).decode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.gateway.http_port}/admin/books",
                                         headers={"Authorization": "Basic " + token})
        with urllib.request.urlopen(request, timeout=30) as response:
            totals = json.load(response)["totals"]
        return totals["done"], totals["inFlight"]


class Delivering(Fairlead):
    """The same with a worker, whose transactions are counted."""
    name, title = DELIVER, "Fairlead: done by a worker"
    fsync = "as above, and the worker's inbox: SQLite, WAL, synchronous=FULL, one fsync for each transaction of messages"
    client = "as above; counted is what the worker has committed and the gateway has noted"

    def start_worker(self, processes, fleet, folder):
        port = free_port()
        self.worker = processes.start(
            "receiver", build.java(), *build.SERVICE_JVM, "-cp", build.class_path(),
            "io.fairlead.benchmarks.worker.BenchmarkWorker", *BANNER_OFF, NO_DATABASE,
            f"--fairlead.registries=127.0.0.1:{fleet.registry_port}", "--fairlead.name=receiver",
            f"--fairlead.worker.port={port}", f"--fairlead.inbox.file={folder}/inbox.db")
        processes.wait(self.worker, lambda: accepts(port), f"connection on port {port}")

    def pids(self):
        return [self.gateway.process.pid, self.worker.pid]

    def warm_up(self):
        super().warm_up()
        self.drain()

    def drain(self):
        """Waits until all is done; whether it is."""
        end = time.monotonic() + DRAIN_SECONDS
        while self.books()[1] > 0:
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True

    def run(self, senders, size, seconds, warmup):
        if warmup == 0:
            return super().run(senders, size, seconds, warmup)
        samples = []

        def sample():
            try:
                for wait in (warmup + 0.1, seconds - 0.2):
                    time.sleep(wait)
                    samples.append((time.monotonic(), self.books()[0]))
            except Exception as e:  # shown with the run, which has failed with it
                samples.append(e)
        sampler = threading.Thread(target=sample)
        sampler.start()
        result = super().run(senders, size, seconds, warmup)
        sampler.join()
        if "failed" in result:
            return result
        if len(samples) < 2 or isinstance(samples[-1], Exception):
            return {"failed": f"the books could not be read: {samples[-1]!r}"}
        if not self.drain():
            return {"failed": f"{self.books()[1]} messages were not done {DRAIN_SECONDS} s after the run"}
        (t1, done1), (t2, done2) = samples
        through = (self.books()[0] - done1) / (time.monotonic() - t1)
        rate = (done2 - done1) / (t2 - t1)
        return {**result, "accepted": result["callsPerSecond"], "callsPerSecond": rate, "calls": round(rate * result["seconds"]),
                "through": through}


class JavaClient(Peer):
    """Measured with `io.fairlead.benchmarks.durable`."""

    def __init__(self, logs):
        self.logs, self.port, self.process = logs, free_port(), None

    def run(self, senders, size, seconds, warmup):
        warmup = max(warmup, min(JAVA_WARMUP, 4 * seconds))
        result = os.path.join(self.logs, f"load-{self.name}.json")
        command = [build.java(), *build.SERVICE_JVM, "-cp", build.class_path(), "io.fairlead.benchmarks.durable.DurableLoad", "--peer", self.name,
                   "--port", self.port, "--window", senders, "--size", size, "--seconds", seconds, "--warmup", warmup,
                   "--cpu-pid", self.process.pid, "--result", result]
        r = measure.run_reporting(command, seconds + warmup, result, os.path.join(self.logs, f"load-{self.name}.log"))
        return r if "failed" in r else {**r, "cpu": sum(r["cpuSeconds"].values())}


class Rabbit(JavaClient):
    name, title = "rabbitmq", "RabbitMQ, quorum queue"
    fsync = "a confirm follows the fdatasync of the Raft log, one for each batch; one node"
    client = "publisher confirms, one connection and channel, all messages in flight on it (amqp-client)"

    def start(self, processes, folder):
        script = build.rabbitmq()
        if not script:
            return False
        epmd_port, node = free_port(), f"benchmark-{os.getpid()}@localhost"
        names = {"ERL_EPMD_PORT": str(epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        epmd = processes.start("epmd", build.program("epmd", "erlang-base"), "-port", epmd_port, "-address", "127.0.0.1")
        processes.wait(epmd, lambda: accepts(epmd_port), f"connection on port {epmd_port}")
        plugins = os.path.join(folder, "plugins")
        with open(plugins, "w") as f:
            f.write("[].\n")
        self.process = processes.start("rabbitmq", script, more_environment={
            **names, "HOME": folder, "RABBITMQ_NODENAME": node, "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": os.path.join(folder, "mnesia"), "RABBITMQ_LOG_BASE": os.path.join(folder, "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": plugins, "RABBITMQ_CONF_ENV_FILE": os.path.join(folder, "none"),
            "RABBITMQ_CONFIG_FILE": os.path.join(folder, "none")})
        processes.wait(self.process, lambda: accepts(self.port), f"connection on port {self.port}")
        return True

    def version(self):
        return os.path.realpath("/usr/lib/rabbitmq/bin/rabbitmq-server").split("rabbitmq_server-")[-1].split("/")[0]


class Nats(JavaClient):
    name, title = "nats", "NATS JetStream, file store"
    fsync = "**none**: acknowledges what is written to the file, and syncs every two minutes; a power cut loses the rest"
    client = "publishAsync, one connection, all messages in flight on it (jnats)"

    def start(self, processes, folder):
        program = build.program("nats-server")
        if not program:
            return False
        self.process = processes.start("nats", program, "-a", "127.0.0.1", "-p", self.port, "-js", "-sd", folder)
        processes.wait(self.process, lambda: accepts(self.port), f"connection on port {self.port}")
        return True

    def version(self):
        return build.version(build.program("nats-server"), "-v")


class Postgres(JavaClient):
    name, title = "postgres", "PostgreSQL, one insert a commit"
    fsync = "fdatasync of the WAL before each commit returns (synchronous_commit=on); commits at the same time share one"
    client = "a connection for each sender (pgjdbc, virtual threads)"

    def start(self, processes, folder):
        self.process, self.port = start_postgres(processes, folder)
        return self.process is not None

    def version(self):
        return build.version(os.path.join(build.postgres(), "postgres"), "--version")


def start_postgres(processes, folder):
    """A PostgreSQL of the run's own: (process, port), or (None, 0). It does not run as root."""
    programs = build.postgres()
    if not programs:
        return None, 0
    port, data, as_user = free_port(), os.path.join(folder, "data"), []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig", "KILL"]
    subprocess.run([*as_user, os.path.join(programs, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                    "--no-locale"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    process = processes.start(
        "postgres", *as_user, os.path.join(programs, "postgres"), "-D", data, "-c", f"port={port}", "-c",
        "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "max_connections=300", "-c",
        "shared_buffers=256MB", "-c", "max_wal_size=4GB")
    processes.wait(process, lambda: accepts(port), f"connection on port {port}")
    return process, port


class Redis(Peer):
    name, title = "redis", "Redis stream, appendfsync always"
    fsync = "fdatasync of the append-only file after each pass of its loop, before that pass's answers"
    client = "as many connections as senders, each with one XADD in flight (redis_load, in C)"

    def start(self, processes, folder):
        program = build.program("redis-server")
        if not program:
            return False
        self.port = free_port()
        self.process = processes.start(
            "redis", program, "--port", self.port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly",
            "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", 0)
        processes.wait(self.process, lambda: accepts(self.port), f"connection on port {self.port}")
        return True

    def version(self):
        return build.version(build.program("redis-server"), "--version")

    def run(self, senders, size, seconds, warmup):
        return run_program([os.path.join(build.NATIVE, "redis_load"), "--port", self.port, "--connections", senders, "--size",
                            size, "--seconds", seconds, "--warmup", warmup, "--cpu-pid", self.process.pid], seconds + warmup)


SERVERS = {"rabbitmq": Rabbit, "redis": lambda _: Redis(), "postgres": Postgres, "nats": Nats}
NAMES = [DISK, ACCEPT, DELIVER, *SERVERS]


@contextlib.contextmanager
def data_folder():
    """A folder on the disk of the build, for all that is stored; deleted at the end. Others may enter it, for servers
    that do not run as root."""
    parent = os.path.join(build.BENCHMARKS, "target")
    os.makedirs(parent, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="durable-", dir=parent)
    os.chmod(folder, 0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_peers(only, processes, folder, logs, jit_seconds):
    peers = []
    for name in only:
        if name in SERVERS:
            peer = SERVERS[name](logs)
            own = os.path.join(folder, name)
            os.makedirs(own)
            if peer.start(processes, own):
                peers.append(peer)
        else:
            peers.append(Disk(folder) if name == DISK else
                         {ACCEPT: Fairlead, DELIVER: Delivering}[name](logs, folder, jit_seconds))
    return peers


def run(options, logs):
    names = options.only or NAMES
    build.native()
    build.jars(*(["registry-service", "gateway-service"] if {ACCEPT, DELIVER} & set(names) else []),
               *(["benchmarks"] if {DELIVER, "rabbitmq", "postgres", "nats"} & set(names) else []))
    plan = options.plan
    senders_of, sizes = options.senders or SENDERS, options.sizes or (SIZES[:1] if plan.quick else SIZES)
    results = {}
    with data_folder() as folder, Processes(logs) as processes:
        peers = start_peers(names, processes, folder, logs, plan.jit_seconds)
        facts = [("rounds", f"{plan.rounds}, alternating; {plan.seconds:g} s each after {plan.warmup:g} s of warm-up ({JAVA_WARMUP} s where the"
                  f" client is in Java); Fairlead's gateway is new for each table and has {plan.jit_seconds} s with {max(SENDERS)} in flight"
                  " before"), ("data", "one folder of one disk: " + file_system(folder))]
        versions = [(p.name, p.version()) for p in peers if hasattr(p, "version")]
        for size in sizes:
            for senders in senders_of:
                results[senders, size] = cell(peers, senders, size, plan.rounds, plan.seconds, plan.warmup)
    ours = [cells[name] for cells in results.values() for name in (ACCEPT, DELIVER) if name in cells]
    return Section("durable", "Durable messages", facts, rules(peers) + "\n\n" + tables(peers, results), goals(results), pictures(peers, results),
                   versions, all(c.clean() for c in ours))


def cell(peers, senders, size, rounds, seconds, warmup):
    runs = {peer.name: [] for peer in peers}
    with contextlib.ExitStack() as stack:
        for peer in peers:
            stack.enter_context(peer.cell())
        for number in range(rounds):
            for peer in peers:
                r = peer.run(senders, size, seconds, warmup)
                runs[peer.name].append(r)
                said = r.get("failed") or f"{r['callsPerSecond']:,.0f} messages/s, p99 {r['p99']:,.0f} µs"
                print(f"  {senders} in flight, {size} B, round {number + 1}, {peer.name}: {said}", flush=True)
    return {name: Cell(r) for name, r in runs.items()}


def file_system(folder):
    return build.version("stat", "-f", "-c", "%T", folder) + ", " + build.version("findmnt", "-n", "-o", "SOURCE,OPTIONS", "-T", folder)


def row(peer, cells):
    c = cells[peer.name]
    if not c.ok:
        return [peer.title, "fails: " + c.failures[0], "", "", "", "", ""]
    ratio = measure.ratio(cells, peer.name, DISK)
    notes = [f"while {report.short(c.median('accepted'))}/s were accepted; {report.short(c.median('through'))}/s until all were done"
             ] if "accepted" in c.runs[0] else []
    return [peer.title, report.spread(c.rates()), f"{ratio:.2f}" if ratio else "", report.short(c.median("p50")),
            report.short(c.median("p99")), f"{c.cpu_per_million():.1f}", "; ".join([t for t in [c.trouble()] if t] + notes) or "0 errors"]


HEAD = ["", "messages/s (min to max)", "× fdatasync", "p50 µs", "p99 µs", "CPU s per million", ""]


def tables(peers, results):
    parts = []
    for (senders, size), cells in results.items():
        ratios = [(p.name, measure.ratio(cells, ACCEPT, p.name)) for p in peers if p.name != ACCEPT]
        said = ", ".join(f"{r:.2f} × {name}" for name, r in ratios if r)
        parts.append(f"### {senders} in flight, {size:,} B\n\n" + report.table([HEAD, *[row(p, cells) for p in peers]])
                     + (f"\n\nFairlead accepts {said}" if said else ""))
    return "\n\n".join(parts)


def goals(results):
    return [Goal(f"{senders} in flight, {size:,} B: {name} as a multiple of {other}", measure.ratio(cells, name, other), least)
            for (senders, size), cells in results.items() for at, name, other, least in GOALS
            if at == senders and name in cells and other in cells]


def pictures(peers, results):
    size = min(size for _, size in results)
    senders = [s for s, each in results if each == size]
    return [charts.Bars("messages", f"Acknowledged messages a second, {size} B", "messages/s", [f"{s} in flight" for s in senders], {
        p.title: [results[s, size][p.name].median("callsPerSecond") if results[s, size][p.name].ok else None for s in senders]
        for p in peers})]


def rules(peers):
    return report.table([["", "when it is acknowledged", "how the load comes"]] + [[p.title, p.fsync, p.client] for p in peers])
