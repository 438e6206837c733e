"""What once in effect costs: keyed calls of a `once` method beside the same transaction without it, in PostgreSQL."""
import os

from rig import build, report
from rig.durable import COUNTED, data_folder, number, run_program, start_postgres
from rig.measure import Cell
from rig.peers import BANNER_OFF, Fleet
from rig.processes import Processes, accepts, free_port

SENDERS, SIZE, POOL = [1, 16, 64], 64, 16
PLAIN, ONCE, GOAL = "ledger/plain", "ledger/once", 0.8
TITLES = {PLAIN: "@Transactional @Call", ONCE: "@Call(once = true)"}


def start_worker(processes, registry_port, postgres_port):
    port = free_port()
    worker = processes.start(
        "ledger", build.java(), "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED", "-cp",
        build.CLASS_PATH, "io.fairlead.benchmarks.worker.BenchmarkWorker", *BANNER_OFF,
        f"--fairlead.registries=127.0.0.1:{registry_port}", "--fairlead.name=ledger", f"--fairlead.worker.port={port}",
        f"--spring.datasource.url=jdbc:postgresql://127.0.0.1:{postgres_port}/postgres", "--spring.datasource.username=postgres",
        f"--spring.datasource.hikari.maximum-pool-size={POOL}")
    processes.wait(worker, lambda: accepts(port), f"connection on port {port}")
    return worker


def measure(gateway, worker, route, senders, seconds, warmup):
    """Both methods get a key with each call; the plain one does not look at it."""
    return run_program([os.path.join(build.NATIVE, "load"), "--target", gateway.target, "--route", route, "--keys", "--connections",
                        senders, "--window", 1, "--size", SIZE, "--seconds", seconds, "--warmup", warmup, "--cpu-pid",
                        worker.pid], seconds + warmup)


def run(options, logs, command):
    build.native()
    build.jars("registry-service", "gateway-service", "benchmarks")
    quick = options.quick
    rounds, seconds, warmup = options.rounds or (1 if quick else 5), options.seconds or (1 if quick else 4), 0.5 if quick else 1
    jit_seconds = 1 if quick else 8
    runs = {(senders, route): [] for senders in options.senders for route in TITLES}
    with data_folder() as folder, Processes(logs) as processes:
        database = os.path.join(folder, "postgres")
        os.makedirs(database)
        postgres, postgres_port = start_postgres(processes, database)
        if not postgres:
            return 1
        fleet = Fleet(processes, "c", True)
        worker = start_worker(processes, fleet.registry_port, postgres_port)
        gateway = fleet.fairlead()
        for route in TITLES:
            print(f"  warm-up {route}", flush=True)
            measure(gateway, worker, route, 16, jit_seconds, 0)
        for senders in options.senders:
            for turn in range(rounds):
                for route in TITLES:
                    r = measure(gateway, worker, route, senders, seconds, warmup)
                    runs[senders, route].append(r)
                    said = r.get("failed") or f"{r['callsPerSecond']:,.0f} calls/s, p99 {r['p99']:,.0f} µs"
                    print(f"  {senders} in flight, round {turn + 1}, {route}: {said}", flush=True)
    return show(runs, rounds, seconds, warmup, jit_seconds, quick, command)


def show(runs, rounds, seconds, warmup, jit_seconds, quick, command):
    cells = {key: Cell(r) for key, r in runs.items()}
    rows = [["in flight", "", "calls/s (min to max)", "× plain", "p50 µs", "p99 µs", "worker's CPU s per million", "errors"]]
    ratios = []
    for (senders, route), c in cells.items():
        if not c.ok:
            rows.append([str(senders), TITLES[route], "fails: " + c.failures[0], "", "", "", "", ""])
            continue
        plain = cells[senders, PLAIN]
        ratio = c.median("callsPerSecond") / plain.median("callsPerSecond") if plain.ok else None
        if route == ONCE and ratio:
            ratios.append((senders, ratio))
        trouble = [f"{n} {s}" for s, n in c.errors().items()] + [f"{c.total(f)} {f}" for f in COUNTED if c.total(f)]
        rows.append([str(senders), TITLES[route], f"{number(c.median('callsPerSecond'))} ({number(min(c.rates()))} to "
                     f"{number(max(c.rates()))})", f"{ratio:.2f}" if ratio else "", number(c.median("p50")),
                     number(c.median("p99")), f"{c.cpu_per_million():.0f}", ", ".join(trouble) or "0"])
    verdict = "\n".join(f"- {senders} in flight: {ratio:.2f} of the plain transaction (goal: at least {GOAL}) "
                        + ("met" if ratio >= GOAL else "**missed**") for senders, ratio in ratios)
    print("\n" + report.table(rows, markdown=False) + "\n\n" + verdict)
    if not quick:
        facts = [("worker", f"one, PostgreSQL by a pool of {POOL} connections; each call inserts one row of {SIZE} B and gets its"
                  " payload back"),
                 ("keys", "a new one with each call, so that none repeats: the price of the promise, not of a repeat"),
                 ("rounds", f"{rounds}, alternating; {seconds:g} s each after {warmup:g} s of warm-up; before all, {jit_seconds} s each")]
        version = build.version(os.path.join(build.postgres(), "postgres"), "--version")
        print("written:", report.write_text("keyed", command, facts, report.table(rows) + "\n\n" + verdict + "\n",
                                            [("postgres", version)]))
    return 0 if all(c.clean() for c in cells.values()) else 1
