"""Echo servers that differ only in Spring Integration's TCP connection factory."""
import contextlib

from rig import build
from rig.peers import BANNER_OFF
from rig.processes import Processes, accepts, free_port

TITLES = {"net": "TcpNetServerConnectionFactory", "nio": "TcpNioServerConnectionFactory",
          "netty": "NettyTcpServerConnectionFactory", "netty-batch": "the same, in batches"}
NAMES = list(TITLES)


class Factory:
    """A peer that has a process only while it is measured, because a server that spins after a run (which Spring
    Integration's NIO connections were seen to do) would spoil the figures of the others."""
    raw = True
    worker_pids = ()

    def __init__(self, name, folder):
        self.name, self.title, self.folder = name, TITLES[name], folder
        self.port, self.process = 0, None

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self):
        self.port = free_port()
        with Processes(self.folder) as processes:
            self.process = processes.start(
                "factory-" + self.name, build.java(), "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED", "-cp", build.CLASS_PATH,
                "io.fairlead.benchmarks.factories.EchoServer", *BANNER_OFF,
                f"--echo.factory={self.name}", f"--echo.port={self.port}")
            processes.wait(self.process, lambda: accepts(self.port), f"connection on port {self.port}")
            yield
