"""How everything here is measured: side by side in one run, in interleaved rounds, as medians.

The machine may be small and shared, so an absolute time means little. Every round runs each case
once, in another order, for a few milliseconds; a case's figure is the median over rounds, its
spread the distance between the 10th and the 90th percentile, and its ratio the median divided by
that of the limit case of the same group.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict

SLICE = 0.02
"""Seconds that a case runs in a round, at least one call."""

Call = Callable[[], object]


class Row(TypedDict):
    """One line of a table; ``spread`` None is of one run, ``ratio`` None has no limit beside it."""

    group: str
    what: str
    unit: str
    median: float
    spread: float | None
    ratio: float | None


def rounds_of(quick: bool) -> int:
    """Return how many rounds a run has."""
    return 9 if quick else 31


def compare(  # noqa: PLR0913 - what a comparison is told
    group: str,
    cases: Mapping[str, Call | Timed],
    *,
    limit: str,
    quick: bool,
    unit: str = "µs",
    rounds: int | None = None,
) -> list[Row]:
    """Return a row a case; ``limit`` names the case that the others are divided by."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    timers = {
        name: case if isinstance(case, Timed) else Timed(case) for name, case in cases.items()
    }
    order = list(cases)
    rng = random.Random(0)  # noqa: S311 - only an order
    for timer in timers.values():
        timer.warm_up()
    gc.collect()
    for _ in range(rounds or rounds_of(quick)):
        rng.shuffle(order)
        for name in order:
            times[name].append(timers[name].one_call())
    base = statistics.median(times[limit])
    factor = {"µs": 1e6, "ms": 1e3}[unit]
    return [
        Row(
            group=group,
            what=name,
            unit=unit,
            median=statistics.median(found) * factor,
            spread=_spread(found) * factor,
            ratio=statistics.median(found) / base,
        )
        for name, found in times.items()
    ]


class Timed:
    """A call, and how often it fits a slice of time."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.loops = 1

    def warm_up(self) -> None:
        self.call()
        start = time.perf_counter()
        self.call()
        once = time.perf_counter() - start
        self.loops = max(1, int(SLICE / max(once, 1e-7)))

    def one_call(self) -> float:
        """Return the seconds of one call, averaged over a slice."""
        call = self.call
        start = time.perf_counter()
        for _ in range(self.loops):
            call()
        return (time.perf_counter() - start) / self.loops


class Elsewhere(Timed):
    """A call in a process with other packages: a peer that needs older ones than this library."""

    def __init__(self, python: Path, script: Path, argument: Any) -> None:
        super().__init__(lambda: None)
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [str(python), str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say(json.dumps(argument))

    def warm_up(self) -> None:
        self._say("warm")

    def one_call(self) -> float:
        return float(self._say("time"))

    def _say(self, line: str) -> str:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(line + "\n")
        stdin.flush()
        return stdout.readline()


def _spread(values: list[float]) -> float:
    deciles = statistics.quantiles(values, n=10)
    return deciles[-1] - deciles[0]


def table(rows: Iterable[Row]) -> str:
    """Return the rows as text, a heading a group."""
    lines: list[str] = []
    group = None
    for row in rows:
        if row["group"] != group:
            group = row["group"]
            lines += ["", group, "-" * len(group)]
        ratio = "" if row["ratio"] is None else f"{row['ratio']:8.2f}"
        spread = "" if row["spread"] is None else f"± {row['spread']:9.2f}"
        figure = f"{row['median']:12.2f} {spread:11}"
        lines.append(f"{row['what']:52} {figure} {row['unit']:8}{ratio}")
    return "\n".join(lines[1:])


def main(run: Callable[[bool], list[Row]]) -> None:
    """Run one benchmark from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller inputs")
    parser.add_argument("--json", type=Path, help="write the rows there, too")
    given = parser.parse_args()
    rows = run(given.quick)
    print(table(rows))
    if given.json:
        given.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    sys.exit(0)
