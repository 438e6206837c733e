"""Thousands of connections that say nothing: what each costs in memory, and what they cost those that do."""
import resource
import statistics

from rig import build, charts, hop, measure, report
from rig.measure import Load
from rig.peers import Fleet
from rig.processes import Processes
from rig.report import Goal, Section

COUNTS = [0, 10_000, 18_000]
ACTIVE = 64
GOAL_KIB, GOAL_RATE = 12, 0.9
REST_SECONDS = 15  # links come to rest after ten heartbeats; what it costs until then is no cost of idle connections
KINDS = {"foreign": "length-prefixed messages on a listener of their own, no heartbeats", "native": "the native protocol, one heartbeat in 10 s once at rest"}


def run(options, logs):
    build.native()
    build.jars("registry-service", "gateway-service")
    plan = options.plan
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 20_000 if most == resource.RLIM_INFINITY else most
    counts = [0, 500] if plan.quick else sorted({min(count, most - ACTIVE - 500) for count in COUNTS})
    runs = {(kind, count): [] for kind in KINDS for count in counts}
    for kind in KINDS:
        with Processes(logs) as processes:
            peer = Fleet(processes, "c", True, name="idle-").fairlead(
                name=kind, properties=[("fairlead.gateway.listeners.native.max-connections", 20_000)],
                listeners={"frames": {"framing": "length4", "call": "echo/echo", "dialect": "none", "max-connections": 20_000}})
            # RSS is first read after as many calls as will be made before it is read again: what the heap takes for them
            # has been touched by then, so that what is added is that of the connections.
            longest = warmup(plan, "native", counts[-1]) + plan.seconds
            measure.run_load(peer, Load(ACTIVE, 1, 64, longest * len(counts), 0))
            before = measure.rss_kib(peer.process.pid)
            for number in range(plan.rounds):
                for count in counts:
                    runs[kind, count].append(measured(peer, kind, count, plan, before if number == 0 else None))
                    r = runs[kind, count][-1]
                    print(f"  {kind}, {count:,} idle, round {number + 1}: " + (r.get("failed") or f"{r['callsPerSecond']:,.0f} calls/s"), flush=True)
    return section(runs, counts, plan)


def measured(peer, kind, count, plan, before):
    """One run. `before`: RSS of the gateway when it had no connection yet, in its first round; later ones find memory that the
    connections of earlier ones have left."""
    target = ["--idle-target", f"127.0.0.1:{peer.listeners['frames']}"] if kind == "foreign" else []
    r = peer.run(Load(ACTIVE, 1, 64, plan.seconds, warmup(plan, kind, count)), "--idle", count, *target)
    if "failed" not in r:
        if before is not None:
            r["grown"] = r["rssKiB"][str(peer.process.pid)][1] - before
        r["cpuEach"] = [r["cpuSeconds"][str(peer.process.pid)], sum(r["cpuSeconds"][str(pid)] for pid in peer.worker_pids), r["ownCpuSeconds"]]
    return r


def warmup(plan, kind, count):
    return REST_SECONDS if kind == "native" and count and not plan.quick else plan.warmup


def section(runs, counts, plan):
    rows = [["idle connections", "kind", f"calls/s of {ACTIVE} others", "of those without", "p99 µs", "RSS grown by, MiB",
             "KiB for each", "CPU, share of a core: gateway", "workers", "load", "errors"]]
    goals, rates = [], {kind: [] for kind in KINDS}
    good = True
    for (kind, count), results in runs.items():
        failures = [r["failed"] for r in results if "failed" in r]
        ok = [r for r in results if "failed" not in r]
        clean = not failures and not any(r["errors"] or r["wrong"] or r["unanswered"] or r["lostConnections"] for r in ok)
        good &= clean
        if not ok:
            rows.append([f"{count:,}", kind, "fails: " + failures[0], *[""] * 8])
            continue
        rate = statistics.median(r["callsPerSecond"] for r in ok)
        rates[kind].append((count, rate))
        alone = dict(rates[kind]).get(0)
        share = rate / alone if alone else None
        grown = next((r["grown"] for r in ok if "grown" in r), 0)
        per = grown / count if count else 0
        rows.append([f"{count:,}", kind, report.spread([r["callsPerSecond"] for r in ok]), f"{share:.2f}" if share else "not measured",
                     report.short(statistics.median(r["p99"] for r in ok)), f"{grown / 1024:.1f}",
                     f"{per:.1f}" if count else "", *[f"{statistics.median(r['cpuEach'][i] / r['seconds'] for r in ok):.2f}" for i in range(3)],
                     "0" if clean else str(failures or ok)])
        if count:
            goals += [Goal(f"{count:,} idle {kind} connections: RSS of each", per, GOAL_KIB, True, " KiB"),
                      Goal(f"{count:,} idle {kind} connections: calls/s of {ACTIVE} others as a multiple of those without", share, GOAL_RATE)]
    drawn = [charts.Lines("rate", f"Calls a second of {ACTIVE} connections beside idle ones", "idle connections", "calls/s", rates)]
    facts = hop.facts_of(plan.rounds, plan.seconds, plan.warmup, f", {REST_SECONDS} s beside idle native connections; one gateway for each kind", (
        "workers", "2, echo in C"), ("idle connections", "each makes one call, then none"), (
            "RSS", "of the gateway, at the end of the first round's run less that before the first connection, after the same load had run as long"),
        *KINDS.items())
    return Section("idle", "Growth: idle connections", facts, report.table(rows), goals, drawn, good=good)
