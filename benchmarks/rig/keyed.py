"""What once in effect costs: keyed calls of a `once` method beside the same transaction without it, in PostgreSQL."""
import os

from rig import build, report
from rig.durable import data_folder, run_program, start_postgres
from rig.measure import Cell, ratio
from rig.peers import BANNER_OFF, Fleet
from rig.processes import Processes, accepts, free_port
from rig.report import Goal, Section

SENDERS, SIZE, POOL = [1, 16, 64], 64, 16
PLAIN, ONCE, GOAL = "ledger/plain", "ledger/once", 0.8
TITLES = {PLAIN: "@Transactional @Call", ONCE: "@Call(once = true)"}


def start_worker(processes, registry_port, postgres_port):
    port = free_port()
    worker = processes.start(
        "ledger", build.java(), *build.SERVICE_JVM, "-cp", build.class_path(),
        "io.fairlead.benchmarks.worker.BenchmarkWorker", *BANNER_OFF,
        f"--fairlead.registries=127.0.0.1:{registry_port}", "--fairlead.name=ledger", f"--fairlead.worker.port={port}",
        f"--spring.datasource.url=jdbc:postgresql://127.0.0.1:{postgres_port}/postgres", "--spring.datasource.username=postgres",
        f"--spring.datasource.hikari.maximum-pool-size={POOL}")
    processes.wait(worker, lambda: accepts(port), f"connection on port {port}")
    return worker


def measure_once(gateway, worker, route, senders, seconds, warmup):
    """Both methods get a key with each call; the plain one does not look at it."""
    return run_program([os.path.join(build.NATIVE, "load"), "--target", gateway.target, "--route", route, "--keys", "--connections",
                        senders, "--window", 1, "--size", SIZE, "--seconds", seconds, "--warmup", warmup, "--cpu-pid",
                        worker.pid], seconds + warmup)


def run(options, logs):
    build.native()
    build.jars("registry-service", "gateway-service", "benchmarks")
    plan = options.plan
    results = {}
    with data_folder() as folder, Processes(logs) as processes:
        database = os.path.join(folder, "postgres")
        os.makedirs(database)
        postgres, postgres_port = start_postgres(processes, database)
        if not postgres:
            raise SystemExit("there is no PostgreSQL, and it could not be installed")
        fleet = Fleet(processes, "c", True)
        worker = start_worker(processes, fleet.registry_port, postgres_port)
        gateway = fleet.fairlead()
        for route in TITLES:
            print(f"  warm-up {route}", flush=True)
            measure_once(gateway, worker, route, 16, plan.jit_seconds, 0)
        for senders in SENDERS:
            runs = {route: [] for route in TITLES}
            for turn in range(plan.rounds):
                for route in TITLES:
                    r = measure_once(gateway, worker, route, senders, plan.seconds, plan.warmup)
                    runs[route].append(r)
                    said = r.get("failed") or f"{r['callsPerSecond']:,.0f} calls/s, p99 {r['p99']:,.0f} µs"
                    print(f"  {senders} in flight, round {turn + 1}, {route}: {said}", flush=True)
            results[senders] = {route: Cell(r) for route, r in runs.items()}
    return section(results, plan)


def section(results, plan):
    rows = [["in flight", "", "calls/s (min to max)", "p50 µs", "p99 µs", "worker's CPU s per million", "errors"]]
    for senders, cells in results.items():
        for route, c in cells.items():
            rows.append([senders, TITLES[route], report.spread(c.rates()), report.short(c.median("p50")), report.short(c.median("p99")),
                         f"{c.cpu_per_million():.0f}", c.trouble() or "0"] if c.ok else
                        [senders, TITLES[route], "fails: " + c.failures[0], "", "", "", ""])
    goals = [Goal(f"{senders} in flight: keyed calls as a multiple of the plain transaction", ratio(cells, ONCE, PLAIN), GOAL)
             for senders, cells in results.items()]
    facts = [("worker", f"one, PostgreSQL by a pool of {POOL} connections; each call inserts one row of {SIZE} B and gets its payload back"),
             ("keys", "a new one with each call, so that none repeats: the price of the promise, not of a repeat"),
             ("rounds", f"{plan.rounds}, alternating; {plan.seconds:g} s each after {plan.warmup:g} s of warm-up; before all, {plan.jit_seconds} s each")]
    version = build.version(os.path.join(build.postgres(), "postgres"), "--version")
    return Section("keyed", "Keyed calls", facts, report.table(rows), goals, programs=[("postgres", version)],
                   good=all(c.clean() for cells in results.values() for c in cells.values()))
