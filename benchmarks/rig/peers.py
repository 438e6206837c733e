"""How each peer of the gateway is started and set. The README of this folder says why."""
import os
from dataclasses import dataclass, field

from rig import build, measure
from rig.processes import accepts, answers_calls, free_port

BANNER_OFF = ["--spring.main.banner-mode=off"]
# The drivers of the benchmarks are on the class path, and not all of its workers have a database
NO_DATABASE = "--spring.autoconfigure.exclude=org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"


@dataclass
class Peer:
    """Something that native clients call; the load comes from the generator in C."""
    name: str      # short, for --only
    title: str     # for people
    port: int
    process: object
    worker_pids: tuple = ()
    raw: bool = False
    http_port: int = 0        # of a gateway's REST API
    management_port: int = 0  # and of its actuator
    listeners: dict = field(default_factory=dict)  # its other listeners: {name: port}

    def running(self):
        """A context in which the process runs: all of these run for the whole time."""
        return measure.always_running()

    def hop_pids(self):
        return [self.process.pid, *children(self.process.pid)]

    def run(self, load, *more):
        command = measure.native_command(load, self.target, [*self.hop_pids(), *self.worker_pids], *more)
        return measure.run_program([*command, *(["--raw"] if self.raw else [])], load.seconds + load.warmup)

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(child) for child in f.read().split()]
    except FileNotFoundError:
        return []


class Fleet:
    """The workers that all peers share, and the registry that Fairlead's gateway finds them by.

    `workers`: "c", "java" (worker-service), or "java-loops" (the same method on event loops); `arguments`: a list of options for
    each worker in C, and as many workers as lists; `name`: in front of the names of all processes."""

    def __init__(self, processes, workers, with_registry, arguments=((), ()), name=""):
        self.processes = processes
        self.name = name
        self.registry_port = None
        if with_registry or workers != "c":
            self.registry_port = self._registry()
        if workers == "c":
            self.workers = [self._c_worker(i, options) for i, options in enumerate(arguments, 1)]
        else:
            program = (["-jar", build.app_jar("worker-service")] if workers == "java" else
                       ["-cp", build.class_path(without=build.WEB + build.GRPC + build.DUBBO), "io.fairlead.benchmarks.rpc.LoopEcho", NO_DATABASE])
            self.workers = [self._java_worker(i, program) for i, _ in enumerate(arguments, 1)]
        self.ports = [port for _, port in self.workers]

    @staticmethod
    def registered(processes, instances, watchers, name):
        """So many instances, all served by one worker in C, and beside whoever comes so many gateways that only watch."""
        fleet = Fleet(processes, "c", True, (), name)
        worker = processes.start(name + "worker", os.path.join(build.NATIVE, "echo_worker"), "--host", "lo", "--name", "worker")
        port = int(processes.wait_for_line(worker, "listening on "))
        fleet.workers, fleet.ports = [(worker, port)], [port]
        registered = processes.start(name + "instances", os.path.join(build.NATIVE, "registry_load"), "--registry", fleet._registries(),
                                     "--instances", instances, "--watchers", watchers, "--echo", port)
        processes.wait_for_line(registered, "ready")
        return fleet

    def _registry(self):
        port = free_port()
        process = self.processes.start(
            self.name + "registry", build.java(), *build.SERVICE_JVM, "-jar", build.app_jar("registry-service"), *BANNER_OFF,
            f"--fairlead.registry.port={port}", "--fairlead.name=registry",
            f"--server.port={free_port()}", f"--management.server.port={free_port()}")
        self.processes.wait(process, lambda: accepts(port), f"connection on port {port}")
        return port

    def _registries(self):
        return f"127.0.0.1:{self.registry_port}"

    def _c_worker(self, number, options):
        registry = ["--registry", self._registries()] if self.registry_port else []
        process = self.processes.start(f"{self.name}worker-{number}", os.path.join(build.NATIVE, "echo_worker"),
                                       "--name", f"worker-{number}", *registry, *options)
        port = int(self.processes.wait_for_line(process, "listening on "))
        if registry:
            self.processes.wait_for_line(process, "registered with ")
        return process, port

    def _java_worker(self, number, program):
        port = free_port()
        process = self.processes.start(
            f"{self.name}worker-{number}", build.java(), *build.SERVICE_JVM, *program, *BANNER_OFF,
            f"--fairlead.registries={self._registries()}", f"--fairlead.worker.port={port}",
            f"--fairlead.name=worker-{number}", f"--management.server.port={free_port()}",
            f"--fairlead.inbox.file={os.path.join(self.processes.folder, self.name)}worker-{number}.db")
        self.processes.wait(process, lambda: answers_calls(port), "answer to a call")
        return process, port

    def worker_pids(self):
        return tuple(process.pid for process, _ in self.workers)

    def _ready(self, peer):
        peer.worker_pids = tuple(pid for pid in self.worker_pids() if pid != peer.process.pid)
        self.processes.wait(peer.process, lambda: answers_calls(peer.port), "answer to a call")
        return peer

    def _configured(self, name, text):
        path = os.path.join(self.processes.folder, f"{self.name}{name}")
        with open(path, "w") as f:
            f.write(text)
        return path

    # ---- peers ----

    def fairlead(self, jvm=(), name="fairlead", title="Fairlead gateway", properties=(), jar=None, listeners=()):
        """`listeners`: {name: settings} of further ones."""
        port, http_port, management_port = free_port(), free_port(), free_port()
        ports = {listener: free_port() for listener in dict(listeners)}
        further = [f"--fairlead.gateway.listeners.{listener}.{key}={value}"
                   for listener, settings in dict(listeners).items()
                   for key, value in {**settings, "port": ports[listener]}.items()]
        own = os.path.join(self.processes.folder, self.name + name)
        keeps = {"fairlead.gateway.journal.url": f"jdbc:sqlite:{own}-journal.db", "fairlead.gateway.discovery.view-file": f"{own}-view.json"}
        process = self.processes.start(
            self.name + "gateway-" + name, build.java(), *build.SERVICE_JVM, *jvm, "-jar", jar or build.app_jar("gateway-service"), *BANNER_OFF,
            f"--fairlead.registries={self._registries()}", f"--fairlead.gateway.listeners.native.port={port}",
            *[f"--fairlead.gateway.listeners.{each}.port=0" for each in ("lines", "iso8583", "mllp")], *further,
            f"--server.port={http_port}", f"--management.server.port={management_port}",
            *[f"--{key}={value}" for key, value in {**keeps, **dict(properties)}.items()])
        return self._ready(Peer(name, title, port, process, http_port=http_port, management_port=management_port, listeners=ports))

    def naive(self, jvm=()):
        port = free_port()
        process = self.processes.start(
            self.name + "naive", build.java(), *build.SERVICE_JVM, *jvm, "-cp", build.class_path(), "io.fairlead.benchmarks.naive.NaiveGateway", *BANNER_OFF,
            f"--naive.port={port}", f"--naive.worker1={self.ports[0]}", f"--naive.worker2={self.ports[1]}",
            "--naive.pool=64", "--naive.timeout-millis=10000")
        return self._ready(Peer("naive", "naive Spring Integration", port, process))

    def haproxy(self):
        program = build.haproxy()
        if not program:
            return None
        port = free_port()
        servers = "\n".join(f"    server worker{number} 127.0.0.1:{each}" for number, each in enumerate(self.ports, 1))
        config = self._configured("haproxy.cfg", HAPROXY.format(port=port, servers=servers))
        process = self.processes.start(self.name + "haproxy", program, "-db", "-f", config)
        return self._ready(Peer("haproxy", "HAProxy, TCP mode", port, process))

    def nginx(self):
        program, module = build.nginx()
        if not program:
            return None
        port = free_port()
        servers = " ".join(f"server 127.0.0.1:{each};" for each in self.ports)
        config = self._configured("nginx.conf", NGINX.format(module=module, port=port, servers=servers, folder=self.processes.folder))
        process = self.processes.start(self.name + "nginx", program, "-c", config, "-e", "stderr")
        return self._ready(Peer("nginx", "nginx, stream", port, process))

    def cproxy(self):
        process = self.processes.start(self.name + "cproxy", os.path.join(build.NATIVE, "epoll_proxy"),
                                       *[f"127.0.0.1:{port}" for port in self.ports])
        port = int(self.processes.wait_for_line(process, "listening on "))
        return self._ready(Peer("cproxy", "bare C proxy", port, process))

    def direct(self):
        return self._ready(Peer("direct", "one worker, no hop", self.ports[0], self.workers[0][0]))


HAPROXY = """\
global
    maxconn 8000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen calls
    bind 127.0.0.1:{port} backlog 4096
    balance roundrobin
{servers}
"""

NGINX = """\
load_module {module};
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
events {{ worker_connections 12000; }}
stream {{
    upstream workers {{ {servers} }}
    server {{
        listen 127.0.0.1:{port} backlog=4096 reuseport;
        proxy_pass workers;
        proxy_connect_timeout 5s;
        proxy_timeout 1m;
    }}
}}
"""
