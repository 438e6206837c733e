"""The hop that balances messages over workers, beside other ways to make it: closed loop and open loop."""
import os
import shlex

from rig import build, charts, measure, report
from rig.measure import Load, ratio
from rig.peers import Fleet
from rig.processes import Processes
from rig.report import Goal, Section

PEERS = ["fairlead", "naive", "haproxy", "nginx", "cproxy"]
SHAPES, SIZES = ["1x1", "64x1", "1000x1", "5000x1", "8x64"], [64, 1024, 16384, 262144]
SMALL_SHAPES = ["64x1", "8x64"]  # of messages larger than the smallest
RATES = [5_000, 20_000, 40_000, 60_000]
PLAIN = [("fairlead.gateway.balance.policy", "round-robin"), ("fairlead.gateway.ejection.max-percent", 0),
         ("fairlead.gateway.ejection.consecutive-failures", 0), ("resilience4j.circuitbreaker.configs.default.initialState", "DISABLED"),
         ("fairlead.gateway.retry.max-attempts", 1)]
RATE, P99 = "callsPerSecond", "p99"
# What is compared: (shape, peer, figure, bound, whether it is the most).
GOALS = [("64x1", "cproxy", RATE, 0.85, False), ("8x64", "cproxy", RATE, 0.7, False), ("64x1", "cproxy", P99, 1.3, True),
         ("8x64", "cproxy", P99, 1.3, True), ("64x1", "haproxy", RATE, 1.6, False), ("64x1", "haproxy", P99, 1, True),
         ("64x1", "nginx", RATE, 1.4, False), ("64x1", "nginx", P99, 1, True), ("64x1", "naive", RATE, 5, False),
         ("8x64", "naive", RATE, 100, False)]
HEAD = ["", "calls/s (min to max)", "p50 µs", "p99 µs", "p99.9 µs", "max µs", "CPU s per million: hop", "workers",
        "bytes allocated a call: hop", "errors, wrong, unanswered"]


def key_of(shape, size):
    return f"{shape.replace('x', ' × ')}, {size:,} B"


def row(peer, cell):
    if not cell.ok:
        return [peer.title, "fails: " + cell.failures[0], *[""] * 8]
    return [peer.title, report.spread(cell.rates()), *[report.short(cell.median(p)) for p in ("p50", "p99", "p999", "max")],
            f"{cell.cpu_per_million():.2f}", f"{cell.cpu_per_million('cpuWorkers'):.2f}", cell.allocated(), cell.trouble() or "0"]


def tables(peers, results, subject="fairlead"):
    """One table for each load, with the ratios of `subject` below it."""
    parts = []
    titles = {p.name: p.title for p in peers}
    for key, cells in results.items():
        ratios = [(p.title, ratio(cells, subject, p.name)) for p in peers if p.name != subject]
        said = ", ".join(f"{r:.2f} of {title}" for title, r in ratios if r)
        parts.append(f"### {key}\n\n" + report.table([HEAD, *[row(p, cells[p.name]) for p in peers]])
                     + (f"\n\n{titles[subject]}: {said}" if said else ""))
    return "\n\n".join(parts)


UNTIL_SETTLED = "; before all, until a call's CPU no longer fell"


def before_all(warmed):
    """What `measure.warm_up` returned, for people."""
    return UNTIL_SETTLED + ": " + ", ".join(f"{title} {seconds:g} s" for title, seconds in warmed.items())


def facts_of(rounds, seconds, warmup, before, *more):
    return [*more, ("rounds", f"{rounds}, alternating; {seconds:g} s each after {warmup:g} s of warm-up{before}")]


def quiet_note(results):
    return ("machine used by other processes", "{:.0%} (median), {:.0%} (worst run)".format(
        *measure.others([cell for cells in results.values() for cell in cells.values()])))


def good(results, subject="fairlead"):
    return all(cells[subject].clean() for cells in results.values() if subject in cells)


def start(fleet, names, jvm=()):
    arguments = {"fairlead": [jvm]}
    return [peer for peer in (getattr(fleet, name)(*arguments.get(name, [])) for name in names) if peer]


def programs(names):
    known = {"haproxy": lambda: build.version(build.haproxy() or "haproxy", "-v"),
             "nginx": lambda: build.version(build.nginx()[0] or "nginx", "-v")}
    return [(name, known[name]()) for name in names if name in known]


def build_for(names, workers="c"):
    build.native()
    modules = {"fairlead": ["registry-service", "gateway-service", "benchmarks"], "naive": ["benchmarks"]}
    build.jars(*dict.fromkeys(m for name in names for m in modules.get(name, [])),
               *(["registry-service", "worker-service"] if workers == "java" else []))


# ---- closed loop ----

def loads_of(shapes, sizes, seconds, warmup):
    """Every shape with the smallest messages, and the shapes that tell something of larger ones."""
    return {key_of(shape, size): Load.of(shape, size, seconds, warmup)
            for size in sizes for shape in shapes if size == min(sizes) or shape in SMALL_SHAPES or len(shapes) == 1}


def run(options, logs):
    names = options.only or PEERS
    build_for(names, options.workers)
    plan = options.plan
    shapes, sizes = options.shapes or (["64x1", "8x64"] if plan.quick else SHAPES), options.sizes or ([64] if plan.quick else SIZES)
    results = {}
    with Processes(logs) as processes:
        fleet = Fleet(processes, options.workers, "fairlead" in names)
        peers = start(fleet, names, shlex.split(options.gateway_jvm))
        loads = loads_of(shapes, sizes, plan.seconds, plan.warmup)
        warmed = measure.warm_up(peers, [Load.of(shape, min(sizes), 0, 0) for shape in shapes if shape in ("64x1", "1000x1", "8x64")] or
                        list(loads.values()), plan.jit_seconds)
        for key, cells in measure.compare(peers, loads, plan.rounds, options.max_others, [key_of(s, min(sizes)) for s in SMALL_SHAPES]):
            results[key] = cells
    facts = facts_of(plan.rounds, plan.seconds, plan.warmup, before_all(warmed),
                     ("workers", {"c": "2, echo in C", "java": "2, worker-service"}[options.workers]), quiet_note(results))
    return Section("gateway", "The hop: closed loop", facts, tables(peers, results), goals(results), pictures(peers, results, shapes),
                   programs(names), good(results))


def goals(results):
    found = []
    for shape, other, figure, bound, at_most in GOALS:
        cells = results.get(key_of(shape, 64), {})
        if other in cells and "fairlead" in cells:
            what = f"{shape.replace('x', ' × ')}, 64 B: {'p99' if figure == P99 else 'calls/s'} as a multiple of {other}'s"
            found.append(Goal(what, ratio(cells, "fairlead", other, figure), bound, at_most))
    many = results.get(key_of("1000x1", 64), {})
    if "fairlead" in many:
        cell = many["fairlead"]
        found.append(Goal("1,000 × 1, 64 B: calls that fail or are answered wrongly, or connections that are lost", len(cell.failures)
                          + sum(cell.errors().values()) + sum(cell.total(f) for f in ("wrong", "unanswered", "lostConnections")), 0, True))
    return found


def pictures(peers, results, shapes):
    shapes = [shape for shape in shapes if key_of(shape, 64) in results]
    if not shapes:
        return []

    def values(field):
        cells = {p.title: [results[key_of(shape, 64)][p.name] for shape in shapes] for p in peers}
        return {title: [field(cell) if cell.ok else None for cell in of_peer] for title, of_peer in cells.items()}
    groups = [shape.replace("x", " × ") for shape in shapes]
    drawn = [charts.Bars("throughput", "Calls a second, 64 B (connections × calls in flight)", "calls/s", groups,
                         values(lambda cell: cell.median(RATE)), log=True),
             charts.Bars("cpu", "CPU seconds of the hop for a million calls, 64 B", "s", groups, values(lambda cell: cell.cpu_per_million()), log=True)]
    key = key_of("64x1", 64)
    if key in results:
        drawn.append(charts.Lines("latency", "Latency at 64 × 1 in a closed loop, 64 B", "percentile", "µs",
                                  {p.title: [(x, y) for x, y in results[key][p.name].percentiles() if 50 <= x <= 99.99]
                                   for p in peers if results[key][p.name].ok}, log_y=True, percentiles=True))
    return drawn


# ---- open loop ----

def open_loop(options, logs):
    names = options.only or PEERS
    build_for(names)
    plan = options.plan
    seconds = plan.seconds if plan.quick else max(plan.seconds, 6)
    rates = RATES[:2] if plan.quick else RATES
    results = {}
    with Processes(logs) as processes:
        peers = start(Fleet(processes, "c", "fairlead" in names), names)
        warmed = measure.warm_up(peers, [Load.of("64x1", 64, 0, 0), Load(64, 16, 64, 0, 0, rates[0])], plan.jit_seconds)
        loads = {f"{rate:,} calls/s": Load(64, 16, 64, seconds, plan.warmup, rate) for rate in rates}
        for key, cells in measure.compare(peers, loads, plan.rounds, options.max_others):
            results[key] = cells
    facts = facts_of(plan.rounds, seconds, plan.warmup, before_all(warmed), ("workers", "2, echo in C"), (
        "arrivals", "at random (Poisson, fixed seed) over 64 connections, at most 16 in flight on each; latency runs from the time of"
        " arrival, also while a call waits for its connection (no coordinated omission)"), quiet_note(results))
    p99 = {p.title: [(rate, results[f"{rate:,} calls/s"][p.name].median(P99)) for rate in rates if results[f"{rate:,} calls/s"][p.name].ok]
           for p in peers}
    drawn = [charts.Lines("p99", "p99 at a given rate of arrivals, 64 connections, 64 B", "calls/s", "µs", p99, log_y=True)]
    key = f"{rates[-2]:,} calls/s"
    drawn.append(charts.Lines("percentiles", f"Latency at {key}, 64 connections, 64 B", "percentile", "µs",
                              {p.title: [(x, y) for x, y in results[key][p.name].percentiles() if 50 <= x <= 99.99]
                               for p in peers if results[key][p.name].ok}, log_y=True, percentiles=True))
    found = [Goal(f"{key}: p99 as a multiple of {other}'s", ratio(results[key], "fairlead", other, P99), bound, True)
             for key in results for other, bound in (("cproxy", 1.3), ("haproxy", 1), ("nginx", 1)) if other in results[key]]
    return Section("open-loop", "The hop: open loop", facts, tables(peers, results), found, drawn, programs(names), good(results))


# ---- what the policies cost ----

def policies(options, logs):
    build_for(["fairlead"])
    plan = options.plan
    results = {}
    with Processes(logs) as processes:
        fleet = Fleet(processes, "c", True)
        peers = [fleet.fairlead(title="all policies, as shipped"),
                 fleet.fairlead(name="plain", title="round robin alone", properties=PLAIN)]
        shapes = ["64x1", "8x64"] if plan.quick else ["64x1", "1000x1", "8x64"]
        warmed = measure.warm_up(peers, [Load.of(shape, 64, 0, 0) for shape in shapes], plan.jit_seconds)
        for key, cells in measure.compare(peers, {key_of(s, 64): Load.of(s, 64, plan.seconds, plan.warmup) for s in shapes}, plan.rounds,
                                          options.max_others, [key_of(s, 64) for s in shapes]):
            results[key] = cells
    found = [Goal(f"{key}: calls/s as a multiple of round robin alone", ratio(cells, "fairlead", "plain"), 0.95) for key, cells in results.items()]
    facts = facts_of(plan.rounds, plan.seconds, plan.warmup, before_all(warmed), ("workers", "2, echo in C"),
                     ("round robin alone", ", ".join(f"{key}={value}" for key, value in PLAIN)), quiet_note(results))
    return Section("policies", "What choice, breakers and budgets cost", facts, tables(peers, results), found, good=good(results))
