"""A registry with a large fleet: how soon everyone who watches knows of an instance that joins, and what renewals cost."""
import os
import statistics

from rig import build, charts, measure, report
from rig.peers import BANNER_OFF
from rig.processes import Processes, accepts, free_port
from rig.report import Goal, Section

INSTANCES, WATCHERS, JOINS = [100, 1_000, 10_000], 100, 200
GOAL_P99_MS, GOAL_CPU = 300, 0.10


def run(options, logs):
    build.native()
    build.jars("registry-service")
    plan = options.plan
    counts, watchers, joins, seconds = ([200], 5, 20, 3) if plan.quick else (INSTANCES, WATCHERS, JOINS, max(plan.seconds, 10))
    runs = {count: [] for count in counts}
    for number in range(plan.rounds):
        for count in counts:
            # A registry of its own each time, because the fleet of an earlier run would have to expire.
            with Processes(logs) as processes:
                port = free_port()
                process = processes.start(
                    "large-registry", build.java(), *build.SERVICE_JVM, "-jar", build.app_jar("registry-service"), *BANNER_OFF,
                    f"--fairlead.registry.port={port}",
                    "--fairlead.registry.max-links=15000", "--fairlead.registry.max-instances=10100", f"--server.port={free_port()}",
                    f"--management.server.port={free_port()}")
                processes.wait(process, lambda: accepts(port), f"connection on port {port}")
                r = measure.run_program([os.path.join(build.NATIVE, "registry_load"), "--registry", f"127.0.0.1:{port}", "--instances", count,
                                         "--watchers", watchers, "--joins", joins, "--seconds", seconds, "--cpu-pid", process.pid], 600)
            runs[count].append(r)
            print(f"  {count:,} instances, round {number + 1}: " + (r.get("failed") or f"join seen by all, p99 {r['last']['p99'] / 1000:.0f} ms; "
                  f"renewals {r['renewCpuShare']:.1%} of a core"), flush=True)
    return section(runs, watchers, joins, seconds, plan)


def section(runs, watchers, joins, seconds, plan):
    rows = [["instances", "join seen by a watcher: p50 ms", "p99", "by the last: p50", "p99", "renewals and heartbeats: share of a core", "all registered after, s",
             f"{watchers} watchers know all after, s", "resident, MiB"]]
    points = {"by a watcher, p99": [], "by the last, p99": []}
    for count, results in runs.items():
        ok = [r for r in results if "failed" not in r]
        if not ok:
            rows.append([f"{count:,}", "fails: " + results[0]["failed"], *[""] * 7])
            continue

        def median(field):
            return statistics.median(field(r) for r in ok)
        figures = [median(lambda r: r[who][p]) / 1000 for who in ("one", "last") for p in ("p50", "p99")]
        points["by a watcher, p99"].append((count, figures[1]))
        points["by the last, p99"].append((count, figures[3]))
        rows.append([f"{count:,}", *[report.short(f) for f in figures], f"{median(lambda r: r['renewCpuShare']):.1%}",
                     report.short(median(lambda r: r["registerSeconds"])), report.short(median(lambda r: r["watchSeconds"])),
                     report.short(median(lambda r: r["rssKiB"][1]) / 1024)])
    most = max(runs)
    largest = [r for r in runs[most] if "failed" not in r]
    goals = [Goal(f"{most:,} instances, {watchers} watchers: p99 of the time until all have seen a join",
                  statistics.median(r["last"]["p99"] for r in largest) / 1000 if largest else None, GOAL_P99_MS, True, " ms"),
             Goal(f"{most:,} instances: renewals and heartbeats, share of a core",
                  statistics.median(r["renewCpuShare"] for r in largest) if largest else None, GOAL_CPU, True)]
    facts = [("rounds", f"{plan.rounds}, alternating, a new registry each; {joins} joins each, one after the other; renewals over {seconds:g} s, "
                       "from 15 s after the last watcher's coming"),
             ("instances", "two methods each, a connection each; renewals as often as the registry asks (every 3 s, 10,000 every 10 s), so hardly any heartbeats")]
    drawn = [charts.Lines("joins", f"Until {watchers} watchers know of an instance that joins", "instances", "ms", points, log_x=True)]
    return Section("registry", "Growth: registered instances", facts, report.table(rows), goals, drawn,
                   good=all("failed" not in r for results in runs.values() for r in results))
