"""What a service costs before its first call: time from the start of its process until it is ready, and memory then; with and
without the AOT cache of JDK 25, made as the images make it."""
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from rig import build, charts, measure, report
from rig.peers import BANNER_OFF
from rig.processes import Processes, accepts, free_port
from rig.report import Goal, Section

SERVICES = {"registry": 1.5, "gateway": 2, "worker": 1.5}  # and the goal in seconds
EMPTY = "empty Boot application"  # with the registry's libraries: what of a start is Spring Boot's
SECONDS = 60
# As in docker/java.options and docker/rehearse
JVM = [*build.SERVICE_JVM, "-Xmx256m"]


def answer(port):
    """What a service says of its readiness; None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/actuator/health/readiness", timeout=1) as said:
            return json.load(said)["status"]
    except urllib.error.HTTPError as e:
        return json.load(e)["status"]
    except (OSError, ValueError):
        return None


def settings(service, folder, registry):
    """Ports of its own, and what a container would have in its volume."""
    management = free_port()
    listeners = [f"--fairlead.gateway.listeners.{each}.port=0" for each in ("native", "lines", "iso8583", "mllp")]
    own = {"registry": [f"--fairlead.registry.port={free_port()}"],
           "gateway": [*listeners, f"--fairlead.gateway.journal.url=jdbc:sqlite:{folder}/journal.db",
                       f"--fairlead.gateway.discovery.view-file={folder}/view.json"],
           "worker": ["--fairlead.worker.port=0", f"--fairlead.inbox.file={folder}/inbox.db"],
           EMPTY: ["--management.endpoint.health.probes.enabled=true", "--management.endpoints.web.exposure.include=health,info,prometheus",
                   "--spring.threads.virtual.enabled=true"]}[service]
    return management, [*BANNER_OFF, f"--management.server.port={management}", f"--fairlead.registries=127.0.0.1:{registry}",
                        *([] if service == "worker" else [f"--server.port={free_port()}"]), *own]


def unpack(service, folder):
    """What `java` is to run: the jar, unpacked as the Dockerfile does."""
    app = os.path.join(folder, service)
    jar = build.app_jar(f"{service}-service")
    subprocess.run([build.java(), "-Djarmode=tools", "-jar", jar, "extract", "--destination", app], check=True, stdout=subprocess.DEVNULL)
    return ["-jar", os.path.join(app, os.path.basename(jar))]


def empty(registry):
    """The empty application. The cache takes no folders of classes, hence the jar of the benchmarks."""
    libraries = os.path.join(os.path.dirname(registry[1]), "lib")
    jars = [os.path.join(libraries, name) for name in sorted(os.listdir(libraries)) if not name.startswith("fairlead-")]
    return ["-cp", ":".join([build.jar("benchmarks"), *jars]), "io.fairlead.benchmarks.start.EmptyApplication"]


def rehearse(processes, service, what, folder):
    """Makes the AOT cache, as the Dockerfile does with docker/rehearse, and returns its path."""
    cache = os.path.join(folder, service.replace(" ", "-") + ".aot")
    # Nobody listens there: in an image that is being made there is no registry, and the service answers that it is not ready
    process, _ = start(processes, service, what, [f"-XX:AOTCacheOutput={cache}", "-Xlog:aot*=error"], folder, free_port(), None)
    end(process)
    if not os.path.exists(cache):
        raise SystemExit(f"{service}: no AOT cache was made: {processes.log(process)[-2000:]}")
    return cache


def start(processes, service, what, options, folder, registry, wanted="UP"):
    """(process, seconds until it answered `wanted`, or anything if that is None)."""
    own = tempfile.mkdtemp(dir=folder)
    management, arguments = settings(service, own, registry)
    began = time.monotonic()
    process = processes.start("start-" + service.replace(" ", "-"), build.java(), *JVM, *options, *what, *arguments)
    while (said := answer(management)) is None or (wanted and said != wanted):
        if process.poll() is not None or time.monotonic() - began > SECONDS:
            raise SystemExit(f"{service} has not answered {wanted or ''} after {SECONDS} s:\n{processes.log(process)[-3000:]}")
        time.sleep(0.005)
    return process, time.monotonic() - began


def end(process):
    process.terminate()
    process.wait(60)


def measured(processes, service, what, cache, folder, registry):
    """(seconds until ready, MiB resident then)."""
    process, seconds = start(processes, service, what, [f"-XX:AOTCache={cache}"] if cache else [], folder, registry)
    resident = measure.rss_kib(process.pid) / 1024
    end(process)
    return seconds, resident


def run(options, logs):
    build.jars("registry-service", "gateway-service", "worker-service", "benchmarks")
    plan = options.plan
    rounds = options.rounds or (1 if plan.quick else 7)
    figures = {(service, cached): [] for service in [*SERVICES, EMPTY] for cached in (True, False)}
    with tempfile.TemporaryDirectory() as folder, Processes(logs) as processes:
        registry = free_port()
        process = processes.start("start-other-registry", build.java(), *build.SERVICE_JVM, "-jar", build.app_jar("registry-service"), *BANNER_OFF,
                                  f"--fairlead.registry.port={registry}", f"--server.port={free_port()}", f"--management.server.port={free_port()}")
        processes.wait(process, lambda: accepts(registry), "registry")
        # A gateway is ready when it knows a worker or an empty registry; so it is started beside the registry alone.
        apps = {service: unpack(service, folder) for service in SERVICES}
        apps[EMPTY] = empty(apps["registry"])
        caches = {service: rehearse(processes, service, what, folder) for service, what in apps.items()}
        sizes = {service: os.path.getsize(cache) / 1e6 for service, cache in caches.items()}
        for number in range(rounds):
            for service, cached in figures:
                found = measured(processes, service, apps[service], caches[service] if cached else None, folder, registry)
                figures[service, cached].append(found)
                print(f"  round {number + 1}, {service}{'' if cached else ' without cache'}: {found[0]:.2f} s, {found[1]:.0f} MiB", flush=True)
    return section(figures, sizes, rounds)


def section(figures, cache_sizes, rounds):
    rows = [["service", "ready after, s, with the AOT cache", "without", "×", "resident, MiB, with", "without", "cache, MB"]]
    goals, seconds = [], {True: [], False: []}
    for service in [*SERVICES, EMPTY]:
        cached, plain = figures[service, True], figures[service, False]
        median = {flag: statistics.median(s for s, _ in figures[service, flag]) for flag in (True, False)}
        for flag in median:
            seconds[flag].append(median[flag])
        rows.append([service, report.spread([s for s, _ in cached], 2), report.spread([s for s, _ in plain], 2), f"{median[False] / median[True]:.1f}",
                     report.spread([mb for _, mb in cached], 0), report.spread([mb for _, mb in plain], 0), f"{cache_sizes[service]:.0f}"])
        if service in SERVICES:
            goals.append(Goal(f"{service}: ready with the AOT cache after", median[True], SERVICES[service], True, " s"))
    facts = [("rounds", f"{rounds}, alternating; from the start of the process until the readiness group answers UP"),
             ("JVM", " ".join(JVM) + "; the jar unpacked by `jarmode=tools`, as in the images")]
    drawn = [charts.Bars("seconds", "From the start of the process until it is ready", "s", [*SERVICES, EMPTY],
                         {"with the AOT cache": seconds[True], "without": seconds[False]})]
    return Section("start", "Start and memory", facts, report.table(rows), goals, drawn)
