"""Runs load against peers in turn, and keeps what it printed."""
import contextlib
import json
import os
import statistics
import subprocess
import time
from dataclasses import dataclass, replace

from rig import build

TRIES = 4
QUIET_WAIT_SECONDS = 10
ALLOCATION_SECONDS = (2, 5)
SETTLED_PASSES, MOST_PASSES = 2, 15
CALM_SECONDS, CALM_SHARE = 60, 0.1

SHAPES = {"1x1": (1, 1), "64x1": (64, 1), "1000x1": (1000, 1), "5000x1": (5000, 1), "8x64": (8, 64)}


@dataclass(frozen=True)
class Load:
    """What a load generator is told. `rate`: arrivals a second, in an open loop; None: a closed one."""
    connections: int
    window: int
    size: int
    seconds: float
    warmup: float
    rate: float | None = None

    @staticmethod
    def of(shape, size, seconds, warmup):
        return Load(*SHAPES[shape], size, seconds, warmup)


def native_command(load, target, pids, *more):
    """The load generator in C."""
    return [os.path.join(build.NATIVE, "load"), "--target", target, "--connections", load.connections, "--window", load.window,
            "--size", load.size, "--seconds", load.seconds, "--warmup", load.warmup, "--cpu-pid", ",".join(map(str, pids)),
            *(["--rate", load.rate] if load.rate else []), *more]


def _printed(command, seconds, log):
    """(what a load generator printed, None), or (None, why it failed)."""
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=seconds + 90)
    except subprocess.TimeoutExpired:
        return None, "the load generator did not end"
    if log:
        with open(log, "w") as f:
            f.write(done.stdout + done.stderr)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line and not line.startswith(("\t", " "))]
        return None, (said or ["no reason given"])[-1]
    return done.stdout, None


def run_program(command, seconds, log=None):
    """The last line that a load generator printed, as JSON, or {"failed": why}."""
    printed, why = _printed(command, seconds, log)
    return {"failed": why} if why else json.loads(printed.splitlines()[-1])


def run_reporting(command, seconds, result, log):
    """As `run_program`, of one that writes its figures to a file."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(result)
    _, why = _printed(command, seconds, log)
    if why:
        return {"failed": why}
    with open(result) as f:
        return json.load(f)


def always_running():
    """The context of a peer whose processes run for the whole time."""
    return contextlib.nullcontext()


def run_load(peer, load):
    """One run: a dict of the load generator's figures, or {"failed": why}. `cpu` is that of what the peer puts between client and
    worker, or of its server where there is nothing between."""
    result = peer.run(load)
    if "failed" in result:
        return result
    cpu = result["cpuSeconds"]
    result["cpu"] = sum(cpu.get(str(pid), 0) for pid in peer.hop_pids())
    result["cpuWorkers"] = sum(cpu.get(str(pid), 0) for pid in peer.worker_pids)
    others = result["machineCpuSeconds"] - sum(cpu.values()) - result["ownCpuSeconds"]
    result["others"] = max(0.0, others) / (os.cpu_count() * result["seconds"])
    return result


@dataclass(frozen=True)
class CpuTimes:
    """CPU seconds in steps of 10 ms, of processes by id, of this process's ended children, and of the machine."""
    processes: dict
    children: float
    machine: float

    @staticmethod
    def now(pids):
        times = os.times()
        return CpuTimes({str(pid): cpu_seconds(pid) for pid in pids}, times.children_user + times.children_system, machine_seconds())

    def since(self, before):
        return CpuTimes({pid: seconds - before.processes[pid] for pid, seconds in self.processes.items()},
                        self.children - before.children, self.machine - before.machine)


def cpu_seconds(pid):
    """Of one process, user and system; 0 once it has gone."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_kib(pid):
    """Resident memory of one process."""
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def machine_seconds():
    """Of all processes, time stolen by the machine's host included."""
    with open("/proc/stat") as f:
        user, nice, system, _, _, irq, soft, stolen = map(int, f.readline().split()[1:9])
    return (user + nice + system + irq + soft + stolen) / os.sysconf("SC_CLK_TCK")


def busy_share(seconds):
    """The share of the machine in use over the next `seconds`."""
    before = machine_seconds()
    time.sleep(seconds)
    return (machine_seconds() - before) / (seconds * os.cpu_count())


def run_undisturbed(peer, load, max_others):
    """As `run_load`, but on a machine that others use: waits a while until it is quiet, repeats a run during which it
    was not, and returns the least disturbed one."""
    best = None
    for _ in range(TRIES):
        end = time.monotonic() + QUIET_WAIT_SECONDS
        while max_others < 1 and busy_share(0.5) > max_others and time.monotonic() < end:
            pass
        result = run_load(peer, load)
        if best is None or result.get("others", 1) < best.get("others", 1):
            best = result
        if "failed" in result or result["others"] <= max_others:
            break
    return best


class Cell:
    """The rounds of one peer at one load."""

    def __init__(self, runs):
        self.allocation = {}
        self.failures = [r["failed"] for r in runs if "failed" in r]
        self.failures += [f"no call was answered, {r['lostConnections']} connections lost"
                          + "".join(f", {count} {status}" for status, count in r["errors"].items())
                          for r in runs if r.get("calls") == 0]
        self.runs = [r for r in runs if r.get("calls")]

    @property
    def ok(self):
        return bool(self.runs)

    def rates(self):
        return [r["callsPerSecond"] for r in self.runs]

    def median(self, field):
        return statistics.median(r[field] for r in self.runs)

    def percentiles(self):
        """[(percentile, median over the rounds in µs)], without the highest."""
        return [(float(p), statistics.median(r["percentiles"][p] for r in self.runs)) for p in self.runs[0]["percentiles"]
                if float(p) < 100]

    def cpu_per_million(self, field="cpu"):
        return statistics.median(r[field] * 1e6 / r["calls"] for r in self.runs)

    def allocated(self, field="allocated"):
        """Bytes a call, for people; "-" where none of them is a JVM."""
        return f"{self.allocation[field]:,.0f}" if field in self.allocation else "-"

    def total(self, field):
        return sum(r[field] for r in self.runs)

    def errors(self):
        sums = {}
        for r in self.runs:
            for status, count in r["errors"].items():
                sums[status] = sums.get(status, 0) + count
        return sums

    def trouble(self):
        """What went wrong, in words; empty if nothing did."""
        said = [f"{count} {status}" for status, count in self.errors().items()]
        said += [f"{self.total(f)} {word}" for f, word in
                 (("wrong", "wrong"), ("unanswered", "unanswered"), ("lostConnections", "connections lost")) if self.total(f)]
        return ", ".join(said + ([f"{len(self.failures)} rounds failed"] if self.failures else []))

    def clean(self):
        return not self.trouble()


def ratio(cells, name, other, field="callsPerSecond"):
    """The first one's median as a multiple of the other's, or None."""
    a, b = cells.get(name), cells.get(other)
    return a.median(field) / b.median(field) if a and b and a.ok and b.ok and b.median(field) else None


def others(cells):
    """The share of the machine that processes other than load, peer and workers used: (median, worst) over all runs."""
    shares = [r["others"] for cell in cells for r in cell.runs]
    return (statistics.median(shares), max(shares)) if shares else (0.0, 0.0)


def warm_up(peers, loads, seconds, most_passes=MOST_PASSES):
    """Runs of all loads, each for so many seconds, until a pass over all has made no call of a JVM cheaper by a tenth twice in a row.
    Compilers of a large stack need some hundred thousand calls, which take the longer the less of the machine is free. Peers that are
    no JVMs take part once, so that nothing is special about them. Returns {peer title: seconds}."""
    spent = {}
    for peer in peers:
        lowest, stayed, passes = {}, 0, 0
        while stayed < SETTLED_PASSES and passes < most_passes and (passes == 0 or any(map(is_java, [*peer.hop_pids(), *peer.worker_pids]))):
            passes, stayed = passes + 1, stayed + 1
            for load in loads:
                r = run_load(peer, replace(load, seconds=seconds, warmup=0))
                if "failed" in r:
                    calm_down()
                cost = (r["cpu"] + r["cpuWorkers"]) / r["calls"] if r.get("calls") else 0
                if cost and cost < 0.9 * lowest.get(load, float("inf")):
                    lowest[load], stayed = cost, 0
        spent[peer.title] = passes * len(loads) * seconds
        print(f"  warmed up {peer.name} for {spent[peer.title]:g} s", flush=True)
    return spent


def calm_down():
    """Waits until the machine is quiet: a peer that failed may still be busy with what has failed, which is no fault of the next one."""
    end = time.monotonic() + CALM_SECONDS
    while busy_share(1) > CALM_SHARE and time.monotonic() < end:
        pass


def is_java(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")) == "java"
    except OSError:
        return False


def allocated_bytes(pids):
    """{pid: bytes that this JVM has allocated since its start}."""
    done = subprocess.run([build.java(), *build.SERVICE_JVM, "-cp", build.CLASSES, "io.fairlead.benchmarks.load.AllocatedBytes", *map(str, pids)],
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"bytes allocated: {done.stderr.strip()[-500:]}")
    return {int(pid): int(count) for pid, count in (line.split() for line in done.stdout.splitlines())}


def allocation(peer, load):
    """{field: bytes that the JVMs of hop and workers allocate for a call}, from two runs more: in their difference the connections
    that each opens, and the calls at its end that it does not count, are the same. Empty for peers that are no JVMs."""
    sides = {"allocated": [p for p in peer.hop_pids() if is_java(p)], "allocatedWorkers": [p for p in peer.worker_pids if is_java(p)]}
    pids = [pid for side in sides.values() for pid in side]
    if not pids:
        return {}
    marks, calls = [allocated_bytes(pids)], []
    for seconds in ALLOCATION_SECONDS:
        r = run_load(peer, replace(load, seconds=seconds, warmup=0))
        if "failed" in r:
            return {}
        calls.append(r["calls"])
        marks.append(allocated_bytes(pids))
    short, long = ({pid: after[pid] - before[pid] for pid in pids} for before, after in zip(marks, marks[1:]))
    more = calls[1] - calls[0]
    return {field: sum(long[pid] - short[pid] for pid in side) / more for field, side in sides.items() if side} if more > 0 else {}


def compare(peers, loads, rounds, max_others=1, allocations=()):
    """All peers in alternation, A B C A B C …, at each load. Yields (key, {peer name: Cell}) after each; `loads`: {key: Load}.
    `allocations`: keys of loads at which, after the rounds, it is measured what JVMs allocate."""
    for key, load in loads.items():
        runs = {peer.name: [] for peer in peers}
        for number in range(rounds):
            for peer in peers:
                with peer.running():
                    r = run_undisturbed(peer, load, max_others)
                runs[peer.name].append(r)
                if "failed" in r:
                    calm_down()
                said = r.get("failed") or f"{r['callsPerSecond']:,.0f} calls/s, p99 {r['p99']:,.0f} µs"
                print(f"  {key}, round {number + 1}, {peer.name}: {said}", flush=True)
        cells = {name: Cell(r) for name, r in runs.items()}
        for peer in peers if key in allocations else ():
            if cells[peer.name].ok:
                cells[peer.name].allocation = allocation(peer, load)
        yield key, cells
