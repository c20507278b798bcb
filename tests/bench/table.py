# SPDX-License-Identifier: Apache-2.0
"""Figures, and the table of them: on the screen and as CSV."""

import csv
import dataclasses
import math
import statistics

HEAD = ("row", "figure", "value", "unit", "low", "high", "n", "goal", "met",
        "note")
# What the screen shows; notes stand below it.
SHOWN = ("row", "figure", "value", "unit", "range", "n", "goal", "met")
NUMBERS = {"value", "range", "n"}


def percentile(values, percent):
    """The smallest value that so many percent are not above (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    rank = max(1, math.ceil(percent / 100 * len(ordered)))
    return ordered[rank - 1]


def ratios(ours, theirs):
    """Of each round of ours to the same round of theirs: what slows down both
    does not show."""
    if len(ours) != len(theirs):
        raise ValueError("rounds without their pair")
    return [a / b for a, b in zip(ours, theirs)]


def shorten(number):
    """Three digits that count, and never an exponent."""
    if number is None:
        return ""
    if number == 0 or isinstance(number, int):
        return str(number)
    digits = 2 - math.floor(math.log10(abs(number)))
    return f"{number:.{min(max(digits, 0), 6)}f}"


@dataclasses.dataclass
class Figure:
    """One line of the table.

    row      handshake, rotate, ...
    name     what it is of
    value    median of the rounds, or what name says
    low, high  the range of the rounds; None: there is one value only
    n        rounds, or samples
    goal     the most that it should be; None: no goal
    """

    row: str
    name: str
    value: float
    unit: str = ""
    low: float = None
    high: float = None
    n: int = 1
    goal: float = None
    note: str = ""

    @classmethod
    def of_rounds(cls, row, name, values, unit="", **more):
        """Median and range."""
        return cls(row, name, statistics.median(values), unit, min(values),
                   max(values), len(values), **more)

    @property
    def met(self):
        if self.goal is None:
            return ""
        return "yes" if self.value <= self.goal else "NO"

    def cells(self):
        """Column -> text, rounded."""
        numbers = {c: getattr(self, c) for c in ("value", "low", "high")}
        text = {c: f"{number:.3f}" if self.unit == "ratio"
                and number is not None else shorten(number)
                for c, number in numbers.items()}
        return {"row": self.row, "figure": self.name, "unit": self.unit,
                **text, "n": str(self.n), "met": self.met, "note": self.note,
                "range": f"{text['low']}..{text['high']}" if text["low"]
                else "", "goal": "" if self.goal is None
                else f"<= {self.goal:g}"}


class Table:
    def __init__(self):
        self.figures = []
        self.remarks = []       # lines for below the table

    def add(self, *figures):
        self.figures += figures

    def remark(self, text):
        if text not in self.remarks:
            self.remarks.append(text)

    def missed(self):
        return [f for f in self.figures if f.met == "NO"]

    def text(self):
        rows = [dict(zip(SHOWN, SHOWN))] + [f.cells() for f in self.figures]
        width = {c: max(len(row[c]) for row in rows) for c in SHOWN}
        lines = []
        for row in rows:
            cells = [row[c].rjust(width[c]) if c in NUMBERS
                     else row[c].ljust(width[c]) for c in SHOWN]
            lines.append("  ".join(cells).rstrip())
        lines.insert(1, "-" * max(map(len, lines)))
        notes = dict.fromkeys(f"{f.row}, {f.name}: {f.note}"
                              for f in self.figures if f.note)
        return "\n".join([*lines, "", *notes, *self.remarks])

    def write_csv(self, path):
        with open(path, "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEAD)
            for figure in self.figures:
                cells = figure.cells()
                for exact in ("value", "low", "high"):
                    number = getattr(figure, exact)
                    cells[exact] = "" if number is None else repr(number)
                out.writerow(cells[c] for c in HEAD)
            for remark in self.remarks:
                out.writerow(["remark", remark] + [""] * (len(HEAD) - 2))
