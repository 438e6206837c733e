"""One of many workers is ten times slower: what the policies make of it, at a given rate of arrivals."""
import statistics

from rig import build, charts, measure, report
from rig.measure import Load
from rig.peers import Fleet
from rig.processes import Processes
from rig.report import Goal, Section

DELAY_MS, PLACES, LOAD = 10, 8, 0.7
CONNECTIONS, WINDOW, SIZE = 32, 64, 64
SUBJECT = "peak-ewma"
POLICIES = [SUBJECT, "least-in-flight", "round-robin", "random"]
WITHIN_MS, GOAL_SHARE, GOAL_MULTIPLE = 1000, 0.999, 2
# How many workers, how many times slower one of them is, and whether the healthy fleet is measured beside
FLEETS = {"three healthy": (3, 1), "one of three slow": (3, 10), "one of eleven slow": (11, 100)}


def worker(delay_ms):
    return ["--delay-ms", delay_ms, "--places", PLACES, "--capacity", 256]


def rate_of(count, slower):
    """What the fleet's healthy workers and the slow one can do at 70 %; a healthy fleet gets as much as a slow one of its size."""
    return LOAD * (count - 1 + 1 / max(slower, 10)) * PLACES * 1000 / DELAY_MS


def share_within(result, milliseconds):
    """The share of calls that were answered within so many ms, to the precision of the percentiles that are known."""
    return max([float(p) / 100 for p, micros in result["percentiles"].items() if micros <= milliseconds * 1000], default=0.0)


def run(options, logs):
    build.native()
    build.jars("registry-service", "gateway-service")
    plan = options.plan
    seconds = 3 if plan.quick else max(plan.seconds, 15)
    runs = {}
    with Processes(logs) as processes:
        peers = []
        for number, (title, (count, slower)) in enumerate(FLEETS.items(), 1):
            delays = [DELAY_MS] * (count - 1) + [DELAY_MS * slower]
            fleet = Fleet(processes, "c", True, [worker(d) for d in delays], f"fleet-{number}-")
            policies = [SUBJECT, "round-robin"] if count > 3 or plan.quick else POLICIES
            peers += [(title, p, rate_of(count, slower), fleet.fairlead(name=p, title=p, properties=[("fairlead.gateway.balance.policy", p)]))
                      for p in policies]
        for number in range(plan.rounds):
            for title, policy, rate, peer in peers:
                r = measure.run_undisturbed(peer, Load(CONNECTIONS, WINDOW, SIZE, seconds, 3, rate), options.max_others)
                runs.setdefault((title, policy), []).append(r)
                print(f"  {title}, round {number + 1}, {policy}: " + (r.get("failed") or f"p99 {r['p99'] / 1000:.1f} ms"), flush=True)
    return section(runs, seconds, plan)


def section(runs, seconds, plan):
    rows = [["", "policy", "p50 ms", "p99 ms", "p99.9 ms", "max ms", f"within {WITHIN_MS // 1000} s", "calls/s", "errors"]]
    p99, within = {}, {}
    for key, results in runs.items():
        ok = [r for r in results if r.get("calls")]
        if not ok:
            rows.append([*key, "fails: " + results[0].get("failed", "no call was answered"), *[""] * 7])
            continue
        errors = {s: sum(r["errors"].get(s, 0) for r in ok) for r in ok for s in r["errors"]}
        unanswered = sum(r["unanswered"] for r in ok)
        failed = sum(errors.values()) + unanswered
        share = 1 - failed / (sum(r["calls"] for r in ok) + failed)
        p99[key] = statistics.median(r["p99"] for r in ok)
        within[key] = min(share_within(r, WITHIN_MS) for r in ok) * share
        rows.append([*key, *[f"{statistics.median(r[f] for r in ok) / 1000:.1f}" for f in ("p50", "p99", "p999", "max")],
                     f"{within[key]:.2%}", report.short(statistics.median(r["callsPerSecond"] for r in ok)),
                     ", ".join(f"{n} {s}" for s, n in {**errors, "unanswered": unanswered}.items() if n) or "0"])
    slow, healthy, eleven = ("one of three slow", SUBJECT), ("three healthy", SUBJECT), ("one of eleven slow", SUBJECT)
    goals = [Goal("one of three workers ten times slower: p99 as a multiple of that of three healthy ones",
                  p99[slow] / p99[healthy] if slow in p99 and healthy in p99 else None, GOAL_MULTIPLE, True),
             Goal(f"one of eleven workers a hundred times slower: calls answered within {WITHIN_MS // 1000} s", within[eleven] * 100 if eleven in within else None,
                  GOAL_SHARE * 100, unit=" %")]
    facts = [("load", f"Poisson, {LOAD:.0%} of what the fleet with the slow worker can do"),
             ("workers", f"in C: {PLACES} places, {DELAY_MS} ms a call; the slow one ten or a hundred times that"),
             ("rounds", f"{plan.rounds}, alternating, {seconds:g} s each after 3 s of warm-up; medians; the share within"
              f" {WITHIN_MS // 1000} s is that of the worst round, to the next lower percentile that is known")]
    groups = [title for title in FLEETS if any(key[0] == title for key in p99)]
    drawn = [charts.Bars("p99", "p99 at a given rate of arrivals", "ms", groups,
                         {policy: [p99[title, policy] / 1000 if (title, policy) in p99 else None for title in groups] for policy in POLICIES}, log=True)]
    # Refusals are part of the result: workers refuse what is beyond their capacity. So is what other policies leave unanswered.
    good = not any("failed" in r or r["wrong"] or r["lostConnections"] or (r["unanswered"] and policy == SUBJECT)
                   for (_, policy), results in runs.items() for r in results)
    return Section("slow-worker", "One slow worker", facts, report.table(rows), goals, drawn, good=good)
