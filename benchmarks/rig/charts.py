"""Charts, drawn by gnuplot as SVG."""
import os
import re
import subprocess
from dataclasses import dataclass

from rig import build

COLORS = ["#0b5fff", "#c2410c", "#15803d", "#7c3aed", "#b8860b", "#475569", "#be185d", "#0891b2"]
SUBJECT = "Fairlead"  # comes first and gets the first color, wherever it stands


@dataclass
class Bars:
    """A bar for each series in each group; a value of None leaves a gap. `series`: {title: [value of each group]}."""
    name: str
    title: str
    unit: str
    groups: list
    series: dict
    log: bool = False

    def shown(self):
        return {title: values for title, values in self.series.items() if any(value is not None for value in values)}

    def script(self):
        series = _ordered(self.shown())
        rows = "\n".join(" ".join([f'"{group}"', *["NaN" if values[i] is None else str(values[i]) for values in series.values()]])
                         for i, group in enumerate(self.groups))
        plots = [f"$data using {i + 2}{':xtic(1)' if i == 0 else ''} title {_quoted(title)} linecolor rgb '{COLORS[i % len(COLORS)]}'"
                 for i, title in enumerate(series)]
        return (f"$data << END\n{rows}\nEND\nset style data histograms\nset style histogram clustered gap 1\n"
                f"set style fill solid 0.9 noborder\nset boxwidth 0.9\nset ylabel {_quoted(self.unit)}\n"
                + ("set logscale y\n" if self.log else "set yrange [0:*]\n") + "plot " + ", ".join(plots))


@dataclass
class Lines:
    """`series`: {title: [(x, y)]}. `percentiles`: x is a percentile below 100, drawn by its distance to 100."""
    name: str
    title: str
    x: str
    unit: str
    series: dict
    log_x: bool = False
    log_y: bool = False
    percentiles: bool = False

    def shown(self):
        return {title: points for title, points in self.series.items() if points}

    def script(self):
        parts, plots = [], []
        for i, (title, points) in enumerate(_ordered(self.shown()).items()):
            rows = "\n".join(f"{1 / (1 - x / 100) if self.percentiles else x} {y}" for x, y in points)
            parts.append(f"$data{i} << END\n{rows}\nEND")
            plots.append(f"$data{i} using 1:2 with linespoints title {_quoted(title)} linewidth 2 pointtype 7 pointsize 0.5"
                         f" linecolor rgb '{COLORS[i % len(COLORS)]}'")
        if self.percentiles:
            parts.append("set logscale x\nset xtics ('50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, '99.99 %%' 10000)")
        elif self.log_x:
            values = sorted({x for points in self.series.values() for x, _ in points})
            parts.append("set logscale x\nset xtics (" + ", ".join(f"'{x:,}' {x}" for x in values) + ")")
        return "\n".join([*parts, f"set xlabel {_quoted(self.x)}", f"set ylabel {_quoted(self.unit)}",
                          "set logscale y" if self.log_y else "set yrange [0:*]", "plot " + ", ".join(plots)])


def _ordered(series):
    return dict(sorted(series.items(), key=lambda item: not item[0].startswith(SUBJECT)))


def _quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


class NotDrawn(Exception):
    """Why a chart could not be drawn: no reason to lose what was measured."""


def can_draw():
    return build.program("gnuplot", "gnuplot-nox") is not None


def draw(chart, folder, section):
    """Draws it into a folder below `results/`, without the series that have no figures, and returns the path from there."""
    if not chart.shown():
        raise NotDrawn("there are no figures")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{section}-{chart.name}.svg")
    head = (f"set terminal svg size 860,480 font 'sans-serif,13' background rgb 'white'\nset output {_quoted(path)}\n"
            f"set title {_quoted(chart.title)} font ',15'\nset key below maxcols 2\nset border 3\nset tics nomirror\n"
            "set grid ytics linecolor rgb '#e5e7eb'\nset format y '%.10g'\n")
    done = subprocess.run([build.program("gnuplot")], input=head + chart.script() + "\n", capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0 or re.search(r"line \d+:", done.stderr):
        raise NotDrawn(f"gnuplot: {done.stderr.strip()}")
    return os.path.relpath(path, os.path.join(build.BENCHMARKS, "results"))
