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
    with Processes(logs) as processes:
        fleet = Fleet(processes, "c", True, name="idle-")
        for number in range(plan.rounds):
            for kind, count in runs:
                # A gateway of its own each time: memory that an earlier run has left would be used again.
                with Processes(logs) as own:
                    fleet.processes = own
                    peer = fleet.fairlead(name="idle", listeners={"frames": {"framing": "length4", "call": "echo/echo", "dialect": "none",
                                                                            "max-connections": 20_000}},
                                          properties=[("fairlead.gateway.listeners.native.max-connections", 20_000)])
                    load = Load(ACTIVE, 1, 64, plan.seconds, warmup(plan))
                    # RSS is first read after as many calls as will be made before it is read again: what the heap takes for them
                    # has been touched by then, so that what is added is that of the connections.
                    measure.run_load(peer, Load(ACTIVE, 1, 64, load.warmup + load.seconds, 0))
                    target = f"127.0.0.1:{peer.listeners['frames']}" if kind == "foreign" else peer.target
                    r = peer.run(load, "--idle", count, *(["--idle-target", target] if kind == "foreign" else []))
                    if "failed" not in r:
                        before, after = r["rssKiB"][str(peer.process.pid)]
                        r["grown"] = after - before
                        r["perConnection"] = (after - before) / count if count else 0
                        r["cpuEach"] = [r["cpuSeconds"][str(peer.process.pid)], sum(r["cpuSeconds"][str(pid)] for pid in peer.worker_pids), r["ownCpuSeconds"]]
                    runs[kind, count].append(r)
                    print(f"  {kind}, {count:,} idle, round {number + 1}: " + (r.get("failed") or f"{r['callsPerSecond']:,.0f} calls/s, "
                          f"{r['perConnection']:.1f} KiB each"), flush=True)
        fleet.processes = processes
    return section(runs, counts, plan)


def warmup(plan):
    return plan.warmup + plan.jit_seconds if plan.quick else max(plan.warmup + plan.jit_seconds, REST_SECONDS)


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
        per = statistics.median(r["perConnection"] for r in ok)
        rows.append([f"{count:,}", kind, report.spread([r["callsPerSecond"] for r in ok]), f"{share:.2f}" if share else "not measured",
                     report.short(statistics.median(r["p99"] for r in ok)), f"{statistics.median(r['grown'] for r in ok) / 1024:.1f}",
                     f"{per:.1f}" if count else "", *[f"{statistics.median(r['cpuEach'][i] / r['seconds'] for r in ok):.2f}" for i in range(3)],
                     "0" if clean else str(failures or ok)])
        if count:
            goals += [Goal(f"{count:,} idle {kind} connections: RSS of each", per, GOAL_KIB, True, " KiB"),
                      Goal(f"{count:,} idle {kind} connections: calls/s of {ACTIVE} others as a multiple of those without", share, GOAL_RATE)]
    drawn = [charts.Lines("rate", f"Calls a second of {ACTIVE} connections beside idle ones", "idle connections", "calls/s", rates)]
    facts = hop.facts_of(plan.rounds, plan.seconds, warmup(plan), "; a new gateway each", ("workers", "2, echo in C"),
                         ("idle connections", "each makes one call, then none"), (
                             "RSS", "of the gateway, at the end less that before the first idle connection, after the same load had run as long"), *KINDS.items())
    return Section("idle", "Growth: idle connections", facts, report.table(rows), goals, drawn, good=good)
