"""Large sets of list indices between their runs and their compact form, with numpy."""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt

from trustcert.encoding.rice import Runs

__all__ = ["blocks", "runs"]


def blocks(runs: Runs, shift: int, count: int) -> tuple[array[int], array[int]]:
    """Return the low 16 bits of the members, and how many precede each of ``count`` blocks."""
    members = np.frombuffer(runs.starts, np.uint32).astype(np.int64)
    if runs.members > len(members):
        lengths = np.frombuffer(runs.ends, np.uint32) - members
        before = np.cumsum(lengths) - lengths
        members = np.repeat(members - before, lengths) + np.arange(runs.members)
    borders = np.arange(count + 1, dtype=np.int64) << shift
    offsets = array("I")
    offsets.frombytes(np.searchsorted(members, borders).astype(np.uint32).tobytes())
    lows = array("H")
    lows.frombytes(members.astype(np.uint16).tobytes())
    return lows, offsets


def runs(lows: array[int], offsets: array[int], shift: int) -> Runs:
    """Return the runs of the members."""
    borders = np.frombuffer(offsets, np.uint32).astype(np.int64)
    sizes = borders[1:] - borders[:-1]
    bases = np.repeat(np.arange(len(sizes), dtype=np.int64) << shift & ~0xFFFF, sizes)
    members = bases + np.frombuffer(lows, np.uint16)
    fresh = np.diff(members) != 1
    return Runs(
        _array(members[np.concatenate(([True], fresh))]),
        _array(members[np.concatenate((fresh, [True]))] + 1),
        len(members),
    )


def _array(row: npt.NDArray[np.int64]) -> array[int]:
    out = array("I")
    out.frombytes(row.astype(np.uint32).tobytes())
    return out
