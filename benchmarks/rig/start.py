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

from rig import build, charts, report
from rig.peers import BANNER_OFF, SERVICE_JVM
from rig.processes import Processes, accepts, free_port
from rig.report import Goal, Section

SERVICES = {"registry": 1.5, "gateway": 2, "worker": 1.5}  # and the goal in seconds
SECONDS = 60
# As in docker/java.options and docker/rehearse
JVM = [*SERVICE_JVM, "-Xmx256m"]


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
           "worker": ["--fairlead.worker.port=0", f"--fairlead.inbox.file={folder}/inbox.db"]}[service]
    return management, [*BANNER_OFF, f"--management.server.port={management}", f"--fairlead.registries=127.0.0.1:{registry}",
                        *([] if service == "worker" else [f"--server.port={free_port()}"]), *own]


def prepare(processes, service, folder):
    """Unpacks the jar and makes the cache, as the Dockerfile does with docker/rehearse: (jar, cache, MB of the cache)."""
    app = os.path.join(folder, service)
    subprocess.run([build.java(), "-Djarmode=tools", "-jar", build.app_jar(f"{service}-service"), "extract", "--destination", app],
                   check=True, stdout=subprocess.DEVNULL)
    jar = next(os.path.join(app, name) for name in os.listdir(app) if name.endswith(".jar"))
    cache = os.path.join(folder, service + ".aot")
    # Nobody listens there: in an image that is being made there is no registry, and the service answers that it is not ready
    process, _ = start(processes, service, jar, [f"-XX:AOTCacheOutput={cache}", "-Xlog:aot*=error"], folder, free_port(), None)
    end(process)
    if not os.path.exists(cache):
        raise SystemExit(f"{service}: no AOT cache was made: {processes.log(process)[-2000:]}")
    return jar, cache, os.path.getsize(cache) / 1e6


def start(processes, service, jar, options, folder, registry, wanted="UP"):
    """(process, seconds until it answered `wanted`, or anything if that is None)."""
    own = tempfile.mkdtemp(dir=folder)
    management, arguments = settings(service, own, registry)
    began = time.monotonic()
    process = processes.start(f"start-{service}", build.java(), *JVM, *options, "-jar", jar, *arguments)
    while (said := answer(management)) is None or (wanted and said != wanted):
        if process.poll() is not None or time.monotonic() - began > SECONDS:
            raise SystemExit(f"{service} has not answered {wanted or ''} after {SECONDS} s:\n{processes.log(process)[-3000:]}")
        time.sleep(0.005)
    return process, time.monotonic() - began


def end(process):
    process.terminate()
    process.wait(60)


def measured(processes, service, jar, cache, folder, registry):
    """(seconds until ready, MB resident then)."""
    process, seconds = start(processes, service, jar, [f"-XX:AOTCache={cache}"] if cache else [], folder, registry)
    with open(f"/proc/{process.pid}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
    end(process)
    return seconds, resident


def run(options, logs):
    build.jars("registry-service", "gateway-service", "worker-service")
    plan = options.plan
    rounds = options.rounds or (1 if plan.quick else 7)
    figures = {(service, cached): [] for service in SERVICES for cached in (True, False)}
    with tempfile.TemporaryDirectory() as folder, Processes(logs) as processes:
        registry = free_port()
        process = processes.start("start-other-registry", build.java(), *SERVICE_JVM, "-jar", build.app_jar("registry-service"), *BANNER_OFF,
                                  f"--fairlead.registry.port={registry}", f"--server.port={free_port()}", f"--management.server.port={free_port()}")
        processes.wait(process, lambda: accepts(registry), "registry")
        # A gateway is ready when it knows a worker or an empty registry; so it is started beside the registry alone.
        prepared = {service: prepare(processes, service, folder) for service in SERVICES}
        for number in range(rounds):
            for service, cached in figures:
                jar, cache, _ = prepared[service]
                found = measured(processes, service, jar, cache if cached else None, folder, registry)
                figures[service, cached].append(found)
                print(f"  round {number + 1}, {service}{'' if cached else ' without cache'}: {found[0]:.2f} s, {found[1]:.0f} MB", flush=True)
    return section(figures, {service: size for service, (_, _, size) in prepared.items()}, rounds)


def section(figures, cache_sizes, rounds):
    rows = [["service", "ready after, s, with the AOT cache", "without", "×", "resident, MB, with", "without", "cache, MB"]]
    goals, seconds = [], {True: [], False: []}
    for service, goal in SERVICES.items():
        cached, plain = figures[service, True], figures[service, False]
        median = {flag: statistics.median(s for s, _ in figures[service, flag]) for flag in (True, False)}
        for flag in median:
            seconds[flag].append(median[flag])
        rows.append([service, report.spread([s for s, _ in cached], 2), report.spread([s for s, _ in plain], 2), f"{median[False] / median[True]:.1f}",
                     report.spread([mb for _, mb in cached], 0), report.spread([mb for _, mb in plain], 0), f"{cache_sizes[service]:.0f}"])
        goals.append(Goal(f"{service}: ready with the AOT cache after", median[True], goal, True, " s"))
    facts = [("rounds", f"{rounds}, alternating; from the start of the process until the readiness group answers UP"),
             ("JVM", " ".join(JVM) + "; the jar unpacked by `jarmode=tools`, as in the images")]
    drawn = [charts.Bars("seconds", "From the start of the process until it is ready", "s", list(SERVICES),
                         {"with the AOT cache": seconds[True], "without": seconds[False]})]
    return Section("start", "Start and memory", facts, report.table(rows), goals, drawn)
