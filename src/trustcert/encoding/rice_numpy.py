"""The rows of :mod:`trustcert.encoding.rice` with numpy, for large sets."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from trustcert.errors import MalformedError

__all__ = ["Row", "pack", "rows", "runs", "total", "unpack"]

Row: TypeAlias = npt.NDArray[np.int64]
_Bits: TypeAlias = npt.NDArray[np.uint8]


def rows(starts: array[int], ends: array[int]) -> list[Row]:
    """Return gaps, skips and lengths of at least one run."""
    first = np.frombuffer(starts, np.uint32).astype(np.int64)
    behind = np.frombuffer(ends, np.uint32).astype(np.int64)
    gaps = first.copy()
    gaps[1:] -= behind[:-1] + 1
    lengths = behind - first
    longs = np.flatnonzero(lengths > 1)
    return [gaps, np.diff(longs, prepend=-1) - 1, lengths[longs] - 2]


def total(row: Row) -> int:
    """Return the sum of a row."""
    return int(row.sum())


def pack(rows: Sequence[Row], ks: Sequence[int]) -> bytes:
    """Return the bit string of the rows."""
    parts = [_low_bits(row, k) for row, k in zip(rows, ks, strict=True)]
    parts += [_unary(row >> k) for row, k in zip(rows, ks, strict=True)]
    return np.packbits(np.concatenate(parts)).tobytes()


def unpack(data: bytes, counts: Sequence[int], ks: Sequence[int], size: int) -> list[Row]:
    """Return the rows in ``data``, which holds at least their low bits.

    Raises:
        MalformedError: not as many unary parts as counted, other padding than needed, or a row
            whose sum exceeds ``size``.
    """
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    lows: list[Row] = []
    at = 0
    for count, k in zip(counts, ks, strict=True):
        lows.append(_numbers(bits[at : at + count * k].reshape(count, k)))
        at += count * k
    ones = np.flatnonzero(bits[at:])
    if len(ones) != sum(counts) or len(bits) - at - int(ones[-1]) > 8:
        raise MalformedError("not as many indices as announced")
    quotients = np.diff(ones, prepend=-1) - 1
    out: list[Row] = []
    at = 0
    for low, k in zip(lows, ks, strict=True):
        part = quotients[at : at + len(low)]
        at += len(low)
        if total(part) << k > size:
            raise MalformedError("reaches beyond the end of the list")
        out.append(part << k | low)
    return out


def runs(gaps: Row, skips: Row, lengths: Row) -> tuple[array[int], array[int]]:
    """Return first indices of the runs and the indices behind their last ones."""
    more = np.ones(len(gaps), np.int64)
    more[np.cumsum(skips + 1) - 1] += lengths + 1
    behind = np.cumsum(gaps + 1 + more) - 1
    return _array(behind - more), _array(behind)


def _array(row: Row) -> array[int]:
    out = array("I")
    out.frombytes(row.astype(np.uint32).tobytes())
    return out


def _low_bits(row: Row, k: int) -> _Bits:
    bits = np.empty((len(row), k), np.uint8)
    for place in range(k):
        bits[:, k - 1 - place] = row >> place & 1
    return bits.reshape(-1)


def _unary(quotients: Row) -> _Bits:
    ends = np.cumsum(quotients + 1)
    bits = np.zeros(int(ends[-1]), np.uint8)
    bits[ends - 1] = 1
    return bits


def _numbers(bits: _Bits) -> Row:
    values = np.zeros(len(bits), np.int64)
    for place in range(bits.shape[1]):
        values = values << 1 | bits[:, place]
    return values
