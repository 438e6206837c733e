"""How the hop's calls/s grow: with workers, with connections that call, and with registered instances."""
import os
import re
import urllib.request

from rig import build, charts, hop, measure, report
from rig.measure import Load, ratio
from rig.peers import Fleet
from rig.processes import Processes
from rig.report import Section

WORKERS, CONNECTIONS, INSTANCES = [1, 2, 4, 8], [1, 16, 64, 256, 1_000, 5_000], [2, 100, 1_000, 10_000]
GROWING = ["fairlead", "haproxy", "nginx", "cproxy"]
SHAPES = ["64x1", "8x64"]
OTHER_GATEWAYS = 100


def growth_tables(what, titles, by_count):
    """Calls/s, and CPU of each side, against a number. `by_count`: {number: {peer name: Cell}}."""
    def table(field):
        return report.table([[what, *titles.values()]] + [[f"{count:,}", *[field(cells[n]) if cells[n].ok else "fails: " + cells[n].failures[0]
                                                                       for n in titles]] for count, cells in by_count.items()])

    def cpu(cell):
        return ", ".join(f"{cell.cpu_per_million(f):.2f}" for f in ("cpu", "cpuWorkers", "ownCpuSeconds"))
    return (f"Calls/s (min to max):\n\n{table(lambda cell: report.spread(cell.rates()))}\n\n"
            f"CPU s per million calls, of hop, workers and load:\n\n{table(cpu)}\n\n"
            f"p99 µs:\n\n{table(lambda cell: report.short(cell.median(hop.P99)))}\n\n"
            f"Errors, wrong, unanswered:\n\n{table(lambda cell: cell.trouble() or '0')}")


def workers(options, logs):
    names = options.only or GROWING
    hop.build_for(names)
    plan = options.plan
    counts = [1, 2] if plan.quick else WORKERS
    results = {shape: {} for shape in SHAPES}
    titles = {}
    for count in counts:
        with Processes(logs) as processes:
            peers = hop.start(Fleet(processes, "c", "fairlead" in names, ((),) * count, f"{count}-"), names)
            titles = {p.name: p.title for p in peers}
            measure.warm_up(peers, [Load.of(shape, 64, 0, 0) for shape in results], plan.jit_seconds)
            loads = {f"{shape}, {count} workers": Load.of(shape, 64, plan.seconds, plan.warmup) for shape in results}
            for key, cells in measure.compare(peers, loads, plan.rounds, options.max_others):
                results[key.split(",")[0]][count] = cells
    parts, drawn = [], []
    for shape, by_count in results.items():
        said = shape.replace("x", " × ")
        parts.append(f"### {said}, 64 B\n\n{growth_tables('workers', titles, by_count)}")
        drawn.append(charts.Lines(shape, f"Calls a second at {said}, 64 B", f"workers, on the same {os.cpu_count()} cores", "calls/s", {
            titles[n]: [(count, cells[n].median(hop.RATE)) for count, cells in by_count.items() if cells[n].ok] for n in titles}, log_x=True))
    every = {f"{shape} {count}": cells for shape, by_count in results.items() for count, cells in by_count.items()}
    return Section("workers", "Growth: workers", hop.facts_of(plan.rounds, plan.seconds, plan.warmup, hop.UNTIL_SETTLED, hop.quiet_note(every)),
                   "\n\n".join(parts), [], drawn, hop.programs(names), hop.good(every))


def connections(options, logs):
    names = options.only or GROWING
    hop.build_for(names)
    plan = options.plan
    counts = CONNECTIONS[:3] if plan.quick else CONNECTIONS
    results = {}
    with Processes(logs) as processes:
        peers = hop.start(Fleet(processes, "c", "fairlead" in names), names)
        measure.warm_up(peers, [Load(count, 1, 64, 0, 0) for count in counts if count in (64, 1000)], plan.jit_seconds)
        loads = {count: Load(count, 1, 64, plan.seconds, plan.warmup) for count in counts}
        for count, cells in measure.compare(peers, loads, plan.rounds, options.max_others):
            results[count] = cells
    titles = {p.name: p.title for p in peers}
    rates = {titles[n]: [(count, cells[n].median(hop.RATE)) for count, cells in results.items() if cells[n].ok] for n in titles}
    drawn = [charts.Lines("rate", "Calls a second, one in flight on each connection, 64 B", "connections", "calls/s", rates, log_x=True)]
    facts = hop.facts_of(plan.rounds, plan.seconds, plan.warmup, hop.UNTIL_SETTLED, ("workers", "2, echo in C"), hop.quiet_note(results))
    return Section("connections", "Growth: connections that call", facts, growth_tables("connections", titles, results), [], drawn,
                   hop.programs(names), hop.good(results))


def reachable(gateway):
    """Instances to which this gateway has a link."""
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.management_port}/actuator/prometheus", timeout=30) as answer:
        found = re.search(r"^fairlead_upstream_reachable(?:{.*?})? (\S+)", answer.read().decode(), re.MULTILINE)
    return int(float(found.group(1))) if found else 0


def steady(processes, gateway):
    """The instances that it is linked to, once that has not changed for some looks."""
    seen = []

    def look():
        seen.append(reachable(gateway))
        return seen[-1] > 0 and len(seen) >= 20 and len(set(seen[-20:])) == 1
    processes.wait(gateway.process, look, "steady number of links")
    return seen[-1]


def instances(options, logs):
    hop.build_for(["fairlead", "cproxy"])
    plan = options.plan
    counts = [2, 200] if plan.quick else INSTANCES
    results, linked = {shape: {} for shape in SHAPES}, {}
    for count in counts:
        with Processes(logs) as processes:
            fleet = Fleet.registered(processes, count, OTHER_GATEWAYS, f"of-{count}-")
            gateway, yardstick = fleet.fairlead(), fleet.cproxy()
            linked[count] = steady(processes, gateway)
            measure.warm_up([gateway, yardstick], [Load.of(shape, 64, 0, 0) for shape in SHAPES], plan.jit_seconds)
            loads = {f"{shape}, {count:,} instances": Load.of(shape, 64, plan.seconds, plan.warmup) for shape in SHAPES}
            for key, cells in measure.compare([gateway, yardstick], loads, plan.rounds):
                results[key.split(",")[0]][count] = cells
    parts, drawn = [], []
    for shape, by_count in results.items():
        said = shape.replace("x", " × ")
        rows = [["instances", "linked by this gateway", "calls/s (min to max)", "× bare C proxy", "p99 µs", "CPU s per million: gateway", "worker",
                 "errors, wrong, unanswered"]]
        for count, cells in by_count.items():
            cell, times = cells["fairlead"], ratio(cells, "fairlead", "cproxy")
            rows.append([f"{count:,}", f"{linked[count]:,}", *(
                [report.spread(cell.rates()), f"{times:.2f}" if times else "", report.short(cell.median(hop.P99)),
                 f"{cell.cpu_per_million():.2f}", f"{cell.cpu_per_million('cpuWorkers'):.2f}", cell.trouble() or "0"]
                if cell.ok else ["fails: " + cell.failures[0], *[""] * 5])])
        parts.append(f"### {said}, 64 B\n\n{report.table(rows)}")
        drawn.append(charts.Lines(shape, f"Calls a second at {said}, 64 B, as a multiple of the bare C proxy's", "registered instances", "×", {
            "Fairlead gateway": [(count, ratio(cells, "fairlead", "cproxy")) for count, cells in by_count.items()
                                 if ratio(cells, "fairlead", "cproxy")]}, log_x=True))
    every = {f"{shape} {count}": cells for shape, by_count in results.items() for count, cells in by_count.items()}
    facts = hop.facts_of(plan.rounds, plan.seconds, plan.warmup, hop.UNTIL_SETTLED, (
        "instances", "all at one echo in C, each at an address of its own; they register and renew over a connection each"), (
        "beside the gateway", f"{OTHER_GATEWAYS} others that watch and do nothing else, and a bare C proxy before the same worker as the yardstick"),
        hop.quiet_note(every))
    return Section("instances", "Growth: registered instances that are called", facts, "\n\n".join(parts), [], drawn, good=hop.good(every))
