"""One of three workers is ten times slower: what the policies make of it, at a given rate of arrivals."""
import statistics

from rig import build, measure, report
from rig.peers import Fleet
from rig.processes import Processes

DELAY_MS, SLOWER, PLACES, LOAD = 10, 10, 8, 0.7
CONNECTIONS, WINDOW, SIZE = 32, 64, 64
SUBJECT = "peak-ewma"
POLICIES = [SUBJECT, "least-in-flight", "round-robin", "random"]
GOAL = 2


def worker(delay_ms):
    return ["--delay-ms", delay_ms, "--places", PLACES, "--capacity", 256]


def run(options, logs, command):
    build.native()
    build.jars("registry-service", "gateway-service")
    rounds = options.rounds or (1 if options.quick else 3)
    seconds = options.seconds or (3 if options.quick else 20)
    # Of what two workers and a slow one can do; the healthy three get the same.
    rate = LOAD * (2 + 1 / SLOWER) * PLACES * 1000 / DELAY_MS
    fleets = {"three healthy": [DELAY_MS] * 3, "one of three slow": [DELAY_MS, DELAY_MS, DELAY_MS * SLOWER]}
    runs = {}
    with Processes(logs) as processes:
        peers = []
        for number, (title, delays) in enumerate(fleets.items(), 1):
            fleet = Fleet(processes, "c", True, [worker(d) for d in delays], f"fleet-{number}-")
            peers += [(title, p, fleet.fairlead(name=p, title=p, properties=[("fairlead.gateway.balance.policy", p)]))
                      for p in POLICIES]
        for number in range(rounds):
            for title, policy, peer in peers:
                r = measure.run_load(peer, CONNECTIONS, WINDOW, SIZE, seconds, 3, rate)
                runs.setdefault((title, policy), []).append(r)
                print(f"  {title}, round {number + 1}, {policy}: " + (r.get("failed") or f"p99 {r['p99'] / 1000:.1f} ms"), flush=True)
    return show(runs, rounds, seconds, rate, options.quick, command)


def show(runs, rounds, seconds, rate, quick, command):
    rows = [["", "policy", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "calls/s", "errors"]]
    for (title, policy), results in runs.items():
        good = [r for r in results if "failed" not in r]
        figures = [f"{statistics.median(r[f] for r in good) / 1000:.1f}" for f in ("p50", "p99", "p999", "max")] if good else [""] * 4
        errors = {s: sum(r["errors"].get(s, 0) for r in good) for r in good for s in r["errors"]}
        calls = f"{statistics.median(r['callsPerSecond'] for r in good):,.0f}" if good else "fails"
        rows.append([title, policy, *figures, calls, ", ".join(f"{n} {s}" for s, n in errors.items()) or "0"])
    p99 = {key: statistics.median(r["p99"] for r in results if "failed" not in r) for key, results in runs.items()}
    ratios = {p: p99["one of three slow", p] / p99["three healthy", p] for p in POLICIES}
    said = ", ".join(f"{p} {ratio:.2f}" for p, ratio in ratios.items())
    met = "met" if ratios[SUBJECT] <= GOAL else "**missed**"
    verdict = f"p99 with a slow worker as a multiple of p99 without: {said} (goal for {SUBJECT}: at most {GOAL}) {met}"
    print("\n" + report.table(rows, markdown=False) + "\n\n" + verdict)
    if not quick:
        facts = [("load", f"{rate:,.0f} calls/s, Poisson, {LOAD:.0%} of what the fleet with the slow worker can do"),
                 ("workers", f"3, in C: {PLACES} places, {DELAY_MS} ms a call; the slow one {DELAY_MS * SLOWER} ms"),
                 ("rounds", f"{rounds}, alternating, {seconds:g} s each after 3 s of warm-up; medians")]
        print("written:", report.write_text("slow-worker", command, facts, report.table(rows) + "\n\n" + verdict + "\n"))
    return 0 if ratios[SUBJECT] <= GOAL else 1
