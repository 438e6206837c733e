"""How each peer is started and set. The README of this folder says why."""
import contextlib
import os
from dataclasses import dataclass

from rig import build
from rig.processes import accepts, answers_calls, free_port

BANNER_OFF = ["--spring.main.banner-mode=off"]


@dataclass
class Peer:
    name: str      # short, for --only
    title: str     # for people
    port: int
    process: object
    worker_pids: tuple = ()
    raw: bool = False
    http_port: int = 0  # of a gateway's REST API

    def running(self):
        """A context in which the process runs: all of these run for the whole time."""
        return contextlib.nullcontext()

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"


class Fleet:
    """The workers that all peers share, and the registry that Fairlead's gateway finds them by.

    `arguments`: a list of options for each worker in C; `name`: in front of the names of all processes."""

    def __init__(self, processes, workers, with_registry, arguments=((), ()), name=""):
        self.processes = processes
        self.name = name
        self.registry_port = None
        if with_registry or workers == "java":
            self.registry_port = self._registry()
        if workers == "c":
            self.workers = [self._c_worker(i, options) for i, options in enumerate(arguments, 1)]
        else:
            self.workers = [self._java_worker(i) for i, _ in enumerate(arguments, 1)]
        self.ports = [port for _, port in self.workers]

    def _registry(self):
        port = free_port()
        process = self.processes.start(
            self.name + "registry", build.java(), "-jar", build.app_jar("registry-service"), *BANNER_OFF,
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

    def _java_worker(self, number):
        port = free_port()
        process = self.processes.start(
            f"worker-{number}", build.java(), "-jar", build.app_jar("worker-service"), *BANNER_OFF,
            f"--fairlead.registries={self._registries()}", f"--fairlead.worker.port={port}",
            f"--fairlead.name=worker-{number}", f"--management.server.port={free_port()}")
        self.processes.wait(process, lambda: answers_calls(port), "answer to a call")
        return process, port

    def _ready(self, peer):
        peer.worker_pids = tuple(process.pid for process, _ in self.workers if process is not peer.process)
        self.processes.wait(peer.process, lambda: answers_calls(peer.port), "answer to a call")
        return peer

    # ---- peers ----

    def fairlead(self, jvm=(), name="fairlead", title="Fairlead gateway", properties=(), jar=None):
        port, http_port = free_port(), free_port()
        process = self.processes.start(
            self.name + "gateway-" + name, build.java(), *jvm, "-jar", jar or build.app_jar("gateway-service"), *BANNER_OFF,
            f"--fairlead.registries={self._registries()}", f"--fairlead.gateway.listeners.native.port={port}",
            *[f"--fairlead.gateway.listeners.{name}.port=0" for name in ("lines", "iso8583", "mllp")],
            f"--server.port={http_port}", f"--management.server.port={free_port()}",
            *[f"--{key}={value}" for key, value in properties])
        return self._ready(Peer(name, title, port, process, http_port=http_port))

    def naive(self, jvm=()):
        port = free_port()
        process = self.processes.start(
            "naive", build.java(), *jvm, "-cp", build.CLASS_PATH, "io.fairlead.benchmarks.naive.NaiveGateway", *BANNER_OFF,
            f"--naive.port={port}", f"--naive.worker1={self.ports[0]}", f"--naive.worker2={self.ports[1]}",
            "--naive.pool=64", "--naive.timeout-millis=10000")
        return self._ready(Peer("naive", "naive Spring Integration", port, process))

    def haproxy(self):
        program = build.haproxy()
        if not program:
            return None
        port = free_port()
        config = os.path.join(self.processes.folder, "haproxy.cfg")
        with open(config, "w") as f:
            f.write(HAPROXY.format(port=port, worker1=self.ports[0], worker2=self.ports[1]))
        process = self.processes.start("haproxy", program, "-db", "-f", config)
        return self._ready(Peer("haproxy", "HAProxy, TCP mode", port, process))

    def cproxy(self):
        process = self.processes.start("cproxy", os.path.join(build.NATIVE, "epoll_proxy"),
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
    server worker1 127.0.0.1:{worker1}
    server worker2 127.0.0.1:{worker2}
"""
