"""How far a long run is: a bar on a terminal, else a line a minute."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from trustcert.cli import output

__all__ = ["Progress"]

_EVERY: Final = 60.0
"""Seconds between two lines where there is no terminal."""


class Progress:
    """Shows how many of about ``total`` rows are done, at what rate, and the time that is left."""

    def __init__(self, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin; without a ``total`` the time left is not known."""
        self._total = total
        self._clock = clock
        self._started = self._told = clock()
        self._bar: Any = None
        self._task: Any = None
        if sys.stderr.isatty():
            self._bar, self._task = _bar(total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: int, issued: int, refused: int) -> None:
        """Show that ``done`` rows are done."""
        now = self._clock()
        rate = done / max(now - self._started, 1e-6)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, rate=f"{rate:,.0f} a second")
        elif now - self._told >= _EVERY:
            self._told = now
            left = ""
            if self._total is not None and rate > 0:
                left = f", about {max(self._total - done, 0) / rate / 60:.0f} min left"
            output.talk(
                f"{done:,} rows: {issued:,} issued, {refused:,} refused, {rate:,.0f} a second{left}"
            )


def _bar(total: int | None) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("issuing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    return bar, bar.add_task("issuing", total=total, rate="")
