"""Tables, as text for the terminal and as Markdown for `results/`."""
import datetime
import os

from rig import build


def _number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _row(peer, cell):
    if not cell.ok:
        return [peer.title, "fails: " + cell.failures[0], "", "", "", "", "", ""]
    rates = cell.rates()
    trouble = [f"{count} {status}" for status, count in cell.errors().items()]
    trouble += [f"{cell.total(f)} {word}" for f, word in
                (("wrong", "wrong"), ("unanswered", "unanswered"), ("lostConnections", "connections lost")) if cell.total(f)]
    trouble += [f"{len(cell.failures)} rounds failed"] if cell.failures else []
    return [peer.title, f"{_number(cell.median('callsPerSecond'))} ({_number(min(rates))} to {_number(max(rates))})",
            *[_number(cell.median(p)) for p in ("p50", "p99", "p999", "max")],
            f"{cell.cpu_per_million():.2f}", ", ".join(trouble) or "0"]


HEAD = ["", "calls/s (min to max)", "p50 µs", "p99 µs", "p99.9 µs", "max µs", "CPU s per million calls", "errors, wrong, unanswered"]


def _markdown(rows):
    lines = ["| " + " | ".join(rows[0]) + " |", "| --- |" + " --- |" * (len(rows[0]) - 1)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows[1:]])


def _plain(rows):
    widths = [max(len(r[i]) for r in rows if not r[1].startswith("fails") or i < 1) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in rows)


def ratio(cells, name, other):
    """The first one's calls/s as a multiple of the other's, or None."""
    a, b = cells.get(name), cells.get(other)
    return a.median("callsPerSecond") / b.median("callsPerSecond") if a and b and a.ok and b.ok else None


def _ratios(peers, cells, subject):
    found = [(p.title, ratio(cells, subject, p.name)) for p in peers if p.name != subject]
    return ", ".join(f"{r:.2f} of {title}" for title, r in found if r)


def tables(peers, results, subject, render):
    """One table for each shape and size, with the ratios of `subject` below it."""
    parts = []
    title = {p.name: p.title for p in peers}.get(subject, subject)
    for (shape, size), cells in results.items():
        rows = [HEAD] + [_row(p, cells[p.name]) for p in peers]
        ratios = _ratios(peers, cells, subject)
        heading = f"{shape.replace('x', ' × ')}, {size:,} B"
        parts.append(f"### {heading}\n\n{render(rows)}\n" + (f"\n{title}: {ratios}\n" if ratios else ""))
    return "\n".join(parts)


def print_tables(peers, results, subject):
    print("\n" + tables(peers, results, subject, _plain), flush=True)


def goals(results, wanted):
    """Lines "met / missed" for goals given as (shape, size, peer, least ratio)."""
    lines = []
    for shape, size, other, least in wanted:
        r = ratio(results.get((shape, size), {}), "fairlead", other)
        if r:
            lines.append(f"- {shape.replace('x', ' × ')}, {size} B, against {other}: {r:.2f} (goal: at least {least}) "
                         + ("met" if r >= least else "**missed**"))
    return "\n".join(lines)


def write(name, command, settings, peers, results, subject, extra=""):
    """Writes `results/<date>-<name>.md` and returns its path."""
    return write_text(name, command, settings, (extra + "\n\n" if extra else "") + tables(peers, results, subject, _markdown))


def table(rows, markdown=True):
    """Rows, the first of which is the head, as a table."""
    return _markdown(rows) if markdown else _plain(rows)


def write_text(name, command, settings, text, programs=None):
    """Writes `results/<date>-<name>.md` with this text below the facts, and returns its path."""
    folder = os.path.join(build.BENCHMARKS, "results")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{datetime.date.today()}-{name}.md")
    facts = "\n".join(f"| {k} | {v} |" for k, v in build.machine(programs) + settings)
    with open(path, "w") as f:
        f.write(f"# {datetime.date.today()}: {name}\n\n`{command}`\n\n| | |\n| --- | --- |\n{facts}\n\n" + text)
    return path
