"""What a benchmark has found: tables, charts and goals, as Markdown for the terminal and for `results/`."""
import datetime
import os
import shlex
import sys
from dataclasses import dataclass, field

from rig import build, charts

RESULTS = os.path.join(build.BENCHMARKS, "results")


@dataclass
class Goal:
    """A figure and the bound that it is to keep; without a figure it could not be measured."""
    what: str
    value: float | None
    bound: float
    at_most: bool = False
    unit: str = ""

    @property
    def met(self):
        return self.value is not None and (self.value <= self.bound if self.at_most else self.value >= self.bound)

    def cells(self):
        value = "not measured" if self.value is None else f"{short(self.value)}{self.unit}"
        return [self.what, value, f"at {'most' if self.at_most else 'least'} {short(self.bound)}{self.unit}",
                "met" if self.met else "" if self.value is None else "**missed**"]


@dataclass
class Section:
    """The result of one benchmark. `good`: whether Fairlead answered every call, and rightly."""
    name: str
    title: str
    facts: list
    text: str = ""
    goals: list = field(default_factory=list)
    charts: list = field(default_factory=list)
    programs: list = field(default_factory=list)
    good: bool = True


def short(value):
    """Enough digits to compare, and no more."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(rows):
    """Rows, the first of which is the head, as a Markdown table that can be read as it is."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(rows[0]))]

    def line(row):
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
    return "\n".join([line(rows[0]), line(["-" * width for width in widths]), *map(line, rows[1:])])


def goals_table(goals):
    return table([["goal", "figure", "bound", ""], *[goal.cells() for goal in goals]]) if goals else ""


def spread(values, digits=None):
    """Median, lowest and highest, as a cell."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2] if len(ordered) % 2 else sum(ordered[len(ordered) // 2 - 1:][:2]) / 2

    def show(value):
        return short(value) if digits is None else f"{value:.{digits}f}"
    return f"{show(middle)} ({show(ordered[0])} to {show(ordered[-1])})"


def command():
    return "benchmarks/run " + shlex.join(sys.argv[1:])


def body(section, folder):
    """The section without its title: facts, goals, charts, text."""
    facts = table([["", ""], *section.facts]) if section.facts else ""
    pictures = "\n".join(picture(chart, folder, section.name) for chart in section.charts if charts.can_draw())
    return "\n\n".join(part for part in (facts, goals_table(section.goals), pictures, section.text.strip()) if part) + "\n"


def picture(chart, folder, name):
    try:
        return f"![{chart.title}]({charts.draw(chart, folder, name)})"
    except charts.NotDrawn as e:
        return f"No chart of \"{chart.title}\": {e}\n"


def not_measured(name, why, good=False):
    """The section of a benchmark that could not run, or (good) was not to run."""
    return Section(name, name, [], f"Not measured: {why}", good=good)


def write(sections, name=None):
    """Writes `results/<date>[-<name>].md` with these sections, and returns its path."""
    os.makedirs(RESULTS, exist_ok=True)
    stem = "-".join([str(datetime.date.today()), *([name] if name else [])])
    path = os.path.join(RESULTS, stem + ".md")
    machine = table([["", ""], *build.machine(), *dict(p for s in sections for p in s.programs).items()])
    parts = [f"# {datetime.date.today()}: {sections[0].title if len(sections) == 1 else 'all benchmarks'}", f"`{command()}`", machine]
    if len(sections) > 1:
        parts.append("## Goals\n\n" + goals_table([goal for section in sections for goal in section.goals]))
    for section in sections:
        parts.append((f"## {section.title}\n\n" if len(sections) > 1 else "") + body(section, os.path.join(RESULTS, "charts", stem)))
    with open(path, "w") as f:
        f.write("\n\n".join(part.strip() for part in parts) + "\n")
    return path


def show(section):
    """On the terminal."""
    print(f"\n{section.title}\n\n{section.text.strip()}\n\n{goals_table(section.goals)}\n", flush=True)
