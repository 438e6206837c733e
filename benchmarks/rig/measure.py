"""Runs the load generator against the peers in turn, and keeps what it printed."""
import json
import os
import statistics
import subprocess
import time

from rig import build

TRIES = 4
QUIET_WAIT_SECONDS = 10

SHAPES = {"64x1": (64, 1), "1000x1": (1000, 1), "8x64": (8, 64)}


def run_load(peer, connections, window, size, seconds, warmup, rate=None):
    """One run, in a closed loop or at a rate in calls/s. A dict of the load generator's figures, or {"failed": why}."""
    command = [os.path.join(build.NATIVE, "load"), "--target", peer.target, "--connections", connections,
               "--window", window, "--size", size, "--seconds", seconds, "--warmup", warmup,
               "--cpu-pid", ",".join(str(p) for p in [peer.process.pid, *peer.worker_pids])] 
    command += (["--raw"] if peer.raw else []) + (["--rate", rate] if rate else [])
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=seconds + warmup + 60)
    except subprocess.TimeoutExpired:
        return {"failed": "the load generator did not end"}
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or ["no reason given"])[-1]}
    result = json.loads(done.stdout)
    cpu = result["cpuSeconds"]
    result["cpu"] = cpu[str(peer.process.pid)]
    others = result["machineCpuSeconds"] - sum(cpu.values()) - result["ownCpuSeconds"]
    result["others"] = max(0.0, others) / (os.cpu_count() * result["seconds"])
    return result


def busy_share(seconds):
    """The share of the machine in use over the next `seconds`."""
    def busy():
        with open("/proc/stat") as f:
            user, nice, system, _, _, irq, soft, stolen = map(int, f.readline().split()[1:9])
        return (user + nice + system + irq + soft + stolen) / os.sysconf("SC_CLK_TCK")
    before = busy()
    time.sleep(seconds)
    return (busy() - before) / (seconds * os.cpu_count())


def run_undisturbed(peer, *arguments, max_others):
    """As `run_load`, but on a machine that others use: waits a while until it is quiet, repeats a run during which it
    was not, and returns the least disturbed one."""
    best = None
    for _ in range(TRIES):
        end = time.monotonic() + QUIET_WAIT_SECONDS
        while max_others < 1 and busy_share(0.5) > max_others and time.monotonic() < end:
            pass
        result = run_load(peer, *arguments)
        if best is None or result.get("others", 1) < best.get("others", 1):
            best = result
        if "failed" in result or result["others"] <= max_others:
            break
    return best


class Cell:
    """The rounds of one peer at one shape and size."""

    def __init__(self, runs):
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

    def cpu_per_million(self):
        return statistics.median(r["cpu"] * 1e6 / r["calls"] for r in self.runs)

    def total(self, field):
        return sum(r[field] for r in self.runs)

    def errors(self):
        sums = {}
        for r in self.runs:
            for status, count in r["errors"].items():
                sums[status] = sums.get(status, 0) + count
        return sums

    def clean(self):
        return not self.failures and not self.errors() and not any(
            self.total(f) for f in ("wrong", "unanswered", "lostConnections"))


def others(results):
    """The share of the machine that processes other than load, peer and workers used: (median, worst) over all runs."""
    shares = [r["others"] for cells in results.values() for cell in cells.values() for r in cell.runs]
    return (statistics.median(shares), max(shares)) if shares else (0.0, 0.0)


def warm_up(peers, shapes, seconds):
    """Compiles the hot paths of the JVMs; the others take part so that nothing is special about them."""
    for peer in peers:
        for shape in shapes:
            print(f"  warm-up {peer.name} {shape}", flush=True)
            run_load(peer, *SHAPES[shape], 64, seconds, 0)


def compare(peers, shapes, sizes, rounds, seconds, warmup, max_others, done):
    """All peers in alternation, A B C A B C …, at each shape and size. Returns {(shape, size): {peer name: Cell}}.

    `done` is called with what there is after each shape."""
    results = {}
    for size in sizes:
        for shape in shapes:
            runs = {peer.name: [] for peer in peers}
            for round_number in range(rounds):
                for peer in peers:
                    with peer.running():
                        r = run_undisturbed(peer, *SHAPES[shape], size, seconds, warmup, max_others=max_others)
                    runs[peer.name].append(r)
                    said = r.get("failed") or f"{r['callsPerSecond']:,.0f} calls/s, p99 {r['p99']:,.0f} µs"
                    print(f"  {shape} {size} B, round {round_number + 1}, {peer.name}: {said}", flush=True)
            results[shape, size] = {name: Cell(r) for name, r in runs.items()}
            done(results)
    return results
