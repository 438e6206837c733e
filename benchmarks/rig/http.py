"""Spring Cloud Gateway before Boot services over HTTP, beside Fairlead before its workers."""
import os

from rig import build, charts, hop, measure, report
from rig.measure import Load, ratio
from rig.peers import BANNER_OFF, Fleet
from rig.processes import Processes, accepts, free_port
from rig.report import Goal, Section

PACKAGE = "io.fairlead.benchmarks.http."
SHAPES = ["64x1", "1000x1"]
SUBJECT = "fairlead-loops"  # as the handlers of WebFlux that it is compared with


class HttpPeer:
    """A peer that speaks HTTP/1.1, with keep-alive connections of one request at a time."""

    def __init__(self, name, title, port, process, workers):
        self.name, self.title, self.port, self.process = name, title, port, process
        self.worker_pids = tuple(worker.pid for worker in workers)

    def running(self):
        return measure.always_running()

    def hop_pids(self):
        return [self.process.pid]

    def run(self, load):
        command = [os.path.join(build.NATIVE, "http_load"), "--port", self.port, "--connections", load.connections, "--size", load.size,
                   "--seconds", load.seconds, "--warmup", load.warmup, "--cpu-pid", ",".join(map(str, [*self.hop_pids(), *self.worker_pids]))]
        return measure.run_program(command, load.seconds + load.warmup)


def start_http(processes, name, program, *properties):
    port = free_port()
    process = processes.start(name, build.java(), *build.SERVICE_JVM, "-cp", build.class_path(without=build.GRPC + build.MESSAGING + build.DUBBO),
                              PACKAGE + program, *BANNER_OFF, f"--server.port={port}", "--server.address=127.0.0.1",
                              *[f"--{p}" for p in properties])
    processes.wait(process, lambda: accepts(port), f"connection on port {port}")
    return process, port


def spring_cloud_gateway(processes):
    workers = [start_http(processes, f"http-worker-{number}", "HttpWorker") for number in (1, 2)]
    gateway, port = start_http(
        processes, "http-gateway", "HttpGateway", "spring.cloud.gateway.server.webflux.routes[0].id=echo",
        "spring.cloud.gateway.server.webflux.routes[0].uri=lb://workers",
        "spring.cloud.gateway.server.webflux.routes[0].predicates[0]=Path=/echo",
        *[f"spring.cloud.discovery.client.simple.instances.workers[{number}].uri=http://127.0.0.1:{each}"
          for number, (_, each) in enumerate(workers)])
    return HttpPeer("scg", "Spring Cloud Gateway, 2 WebFlux services", port, gateway, [process for process, _ in workers])


def run(options, logs):
    build.native()
    build.jars("benchmarks", "registry-service", "gateway-service", "worker-service")
    plan = options.plan
    shapes = SHAPES[:1] if plan.quick else SHAPES
    results = {}
    with Processes(logs) as processes:
        peers = [Fleet(processes, "java", True, name="http-").fairlead(title="Fairlead, 2 worker-services, handlers on threads"),
                 Fleet(processes, "java-loops", True, name="http-loops-").fairlead(name=SUBJECT, title="Fairlead, 2 workers, handlers on event loops"),
                 spring_cloud_gateway(processes)]
        warmed = measure.warm_up(peers, [Load.of(shape, 64, 0, 0) for shape in shapes], plan.jit_seconds)
        loads = {hop.key_of(shape, size): Load.of(shape, size, plan.seconds, plan.warmup) for size in ([64] if plan.quick else [64, 1024])
                 for shape in shapes}
        for key, cells in measure.compare(peers, loads, plan.rounds, options.max_others, [hop.key_of("64x1", 64)]):
            results[key] = cells
    found = []
    for key, cells in results.items():
        found += [Goal(f"{key}: calls/s as a multiple of Spring Cloud Gateway's", ratio(cells, SUBJECT, "scg"), 8),
                  Goal(f"{key}: p99 as a multiple of Spring Cloud Gateway's", ratio(cells, SUBJECT, "scg", "p99"), 0.25, True)]
    drawn = [charts.Bars("throughput", "Calls a second with services in Java (connections × calls in flight)", "calls/s",
                         [key for key in results], {p.title: [c[p.name].median("callsPerSecond") if c[p.name].ok else None
                                                              for c in results.values()] for p in peers})]
    facts = hop.facts_of(plan.rounds, plan.seconds, plan.warmup, hop.before_all(warmed), hop.quiet_note(results))
    return Section("http", "Spring Cloud Gateway", facts, hop.tables(peers, results, SUBJECT), found, drawn,
                   good=hop.good(results, SUBJECT) and hop.good(results))
