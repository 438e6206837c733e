"""Echo servers that differ only in Spring Integration's TCP connection factory."""
import contextlib

from rig import build, hop, measure
from rig.measure import Load
from rig.peers import BANNER_OFF
from rig.processes import Processes, accepts, free_port
from rig.report import Section

TITLES = {"net": "TcpNetServerConnectionFactory", "nio": "TcpNioServerConnectionFactory",
          "netty": "NettyTcpServerConnectionFactory", "netty-batch": "the same, in batches"}
NAMES = list(TITLES)


class Factory:
    """A peer that has a process only while it is measured, because a server that spins after a run (which Spring
    Integration's NIO connections were seen to do) would spoil the figures of the others."""
    worker_pids = ()

    def __init__(self, name, folder):
        self.name, self.title, self.folder = name, TITLES[name], folder
        self.port, self.process = 0, None

    def hop_pids(self):
        return [self.process.pid]

    def run(self, load):
        return measure.run_program([*measure.native_command(load, f"127.0.0.1:{self.port}", self.hop_pids()), "--raw"],
                                   load.seconds + load.warmup)

    @contextlib.contextmanager
    def running(self):
        self.port = free_port()
        with Processes(self.folder) as processes:
            self.process = processes.start(
                "factory-" + self.name, build.java(), *build.SERVICE_JVM, "-cp", build.class_path(),
                "io.fairlead.benchmarks.factories.EchoServer", *BANNER_OFF,
                f"--echo.factory={self.name}", f"--echo.port={self.port}")
            processes.wait(self.process, lambda: accepts(self.port), f"connection on port {self.port}")
            yield


def run(options, logs):
    names = options.only or NAMES
    build.native()
    build.jars("benchmarks")
    plan = options.plan
    peers = [Factory(name, logs) for name in names]
    shapes, sizes = (["64x1"], [64]) if plan.quick else (["64x1", "1000x1", "8x64"], [64, 1024])
    # Each run has a process of its own, which compiles for itself
    loads = {hop.key_of(shape, size): Load.of(shape, size, plan.seconds, plan.jit_seconds) for size in sizes for shape in shapes}
    results = dict(measure.compare(peers, loads, plan.rounds, options.max_others))
    facts = hop.facts_of(plan.rounds, plan.seconds, plan.jit_seconds, " in a process of its own",
                         ("framing", "4-byte length, echo, no HELLO"), hop.quiet_note(results))
    subject = "netty" if "netty" in names else names[0]
    return Section("factories", "Connection factories of Spring Integration", facts, hop.tables(peers, results, subject),
                   good=hop.good(results, subject))
