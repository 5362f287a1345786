"""How the bench measures: work and yardstick in the same round, the median of the rounds' ratios, one plain table."""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

Action = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for."""

    rounds: int
    entries: int
    postgres: bool
    only: str = ""

    @classmethod
    def parse(cls, arguments: Sequence[str] | None = None) -> Asked:
        """Read the command line."""
        parser = argparse.ArgumentParser(prog="./crossbill bench", description="Measure speed side by side.")
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--entries", type=int, default=100_000)
        parser.add_argument("--only", default="", help="only the jobs whose name contains this")
        parser.add_argument("--postgres", action="store_true", help="on a private Postgres instead of SQLite")
        asked = parser.parse_args(arguments)
        return cls(asked.rounds, asked.entries, asked.postgres, asked.only)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, what came out, and what it is held against."""

    what: str
    value: str
    goal: str
    rounds: int = 1


def cpu(action: Action) -> float:
    """Return the CPU seconds of this process (all its threads, children not) that an action took."""
    gc.collect()
    begin = time.process_time()
    action()
    return time.process_time() - begin


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of CPU per round, of the work and of its yardstick."""

    work: tuple[float, ...]
    yardstick: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(mine / other for mine, other in zip(self.work, self.yardstick, strict=True))

    def text(self) -> str:
        """Write the ratio first: seconds of one machine say little about another."""
        return f"{self.ratio:.2f}× ({shown(median(self.work))} / {shown(median(self.yardstick))})"


def compare(rounds: int, work: Action, yardstick: Action, repeat: int = 1) -> Compared:
    """Measure both in each round, in turn first and second; `repeat` sums up actions too short to be measured."""

    def many(action: Action) -> float:
        return cpu(lambda: [action() for _ in range(repeat)]) / repeat

    pairs = []
    for number in range(rounds):
        first, second = (work, yardstick) if number % 2 else (yardstick, work)
        took = {first: many(first), second: many(second)}
        pairs.append((took[work], took[yardstick]))
    mine, other = zip(*pairs, strict=True)
    return Compared(mine, other)


def shown(seconds: float) -> str:
    """Write seconds so that three digits tell."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def p95(values: Sequence[float]) -> float:
    """Return what 95 of 100 values do not exceed."""
    return quantiles(values, n=20)[-1]


def resident_mb() -> float:
    """Return how much memory this process holds now, in MB."""
    with Path("/proc/self/status").open(encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def print_table(name: str, figures: Sequence[Figure]) -> None:
    """Print the lines of one job."""
    for figure in figures:
        rounds = f"{figure.rounds} rounds" if figure.rounds > 1 else "1 round"
        print(f"{name:<12} {figure.what:<62} {figure.value:<34} {figure.goal:<34} {rounds}", flush=True)
