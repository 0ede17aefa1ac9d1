"""Sets of indices as gap/run Rice codes: the bytes in which a status list travels.

A set of indices below ``size`` is taken as its maximal runs. Three rows of numbers describe them:

* *gaps*: for each run how many indices lie between it and the run before, less the one that must
  lie there (for the first run: its first index),
* *skips*: for each run of two or more how many runs of one stand before it since the last such,
* *lengths*: for each run of two or more its length less two.

Each row is Rice coded: a number ``v`` is its ``k`` lowest bits and ``v >> k`` in unary, ``k``
being a function of the row's sum (:func:`parameter`). Everything stands in one bit string::

    runs      varint (LEB128, shortest form): m
    longs     varint, where m > 0: how many runs are longer than one
    k         a byte for the gaps where m > 0; one for skips and one for lengths where longs > 0
    bits      low bits of gaps, skips, lengths (most significant bit first); then the unary parts
              in the same order, each as that many zeros and a one; zeros up to a full byte

One set has exactly one encoding, and the decoder refuses any other. Uniformly random sets take
1.01 to 1.02 of log2 C(size, count) bits. The rows are computed by numpy where it is installed and
the set is large enough to pay for its import, else by the standard library: the bytes are equal.
"""

from __future__ import annotations

import importlib.util
from array import array
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol, cast

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import STATUS_LIST_RUNS

__all__ = ["NUMPY_FROM", "Runs", "decode", "encode", "parameter", "with_numpy"]

NUMPY_FROM: Final = 65_536
"""Runs from which numpy is imported: below, its import costs more than it saves."""

_VARINT_BYTES: Final = 5
_WIDEST: Final = 31
_UNARY_BITS: Final = 4
"""Bits that a number takes on average behind its low ones, rounded up: by :func:`parameter` a row's
sum is below 2.08 times its count, shifted by ``k``; and each number ends in a one."""


class Runs(NamedTuple):
    """A set as its maximal runs, ascending: first indices, and the indices behind the last ones.

    ``members`` is how many indices they hold.
    """

    starts: array[int]
    ends: array[int]
    members: int


class _Engine(Protocol):
    """What the two implementations offer; a row is a list or a numpy array."""

    def rows(self, starts: array[int], ends: array[int], /) -> list[Any]: ...
    def total(self, row: Any, /) -> int: ...
    def pack(self, rows: Sequence[Any], ks: Sequence[int], /) -> bytes: ...
    def unpack(
        self, data: bytes, counts: Sequence[int], ks: Sequence[int], size: int, /
    ) -> list[Any]: ...
    def runs(self, gaps: Any, skips: Any, lengths: Any, /) -> tuple[array[int], array[int]]: ...


def with_numpy(count: int) -> bool:
    """Return whether ``count`` items are worth numpy, and it is there."""
    return count >= NUMPY_FROM and importlib.util.find_spec("numpy") is not None


def encode(runs: Runs) -> bytes:
    """Return the one encoding of the set; its runs ascend and do not touch."""
    count = len(runs.starts)
    if not count:
        return _varint(0)
    engine = _engine(count)
    rows = engine.rows(runs.starts, runs.ends)
    longs = len(rows[2])
    ks = [parameter(len(row), engine.total(row)) for row in rows if len(row)]
    packed = engine.pack([row for row in rows if len(row)], ks)
    return _varint(count) + _varint(longs) + bytes(ks) + packed


def decode(data: bytes, *, size: int, most: int = STATUS_LIST_RUNS) -> Runs:
    """Return the set below ``size`` that ``data`` encodes.

    Nothing is unpacked before the counts are known to fit ``data`` and ``size``: what unpacking
    takes is bounded by the number of runs.

    Raises:
        LimitExceededError: over ``most`` runs.
        MalformedError: not the one encoding of a set of indices below ``size``.
    """
    count, at = _read_varint(data, 0)
    if count > most:
        raise LimitExceededError(f"over {most} runs")
    if not count:
        if len(data) != at:
            raise MalformedError("bytes behind the empty set")
        return Runs(array("I"), array("I"), 0)
    longs, at = _read_varint(data, at)
    counts = [count, longs, longs] if longs else [count]
    ks = list(data[at : at + len(counts)])
    packed = data[at + len(counts) :]
    if longs > count or 2 * count - 1 + longs > size:
        raise MalformedError("more runs than the list has room for")
    needed = sum(n * (k + 1) for n, k in zip(counts, ks, strict=False))
    if len(ks) != len(counts) or max(ks) > _WIDEST or needed > 8 * len(packed):
        raise MalformedError("cut off")
    if 8 * len(packed) > sum(n * (k + _UNARY_BITS) for n, k in zip(counts, ks, strict=True)) + 8:
        raise MalformedError("more bits than so many runs take")
    engine = _engine(count)
    rows = engine.unpack(packed, counts, ks, size)
    totals = [engine.total(row) for row in rows]
    members = _check(counts, ks, totals, size)
    gaps, skips, lengths = rows if longs else [rows[0], rows[0][:0], rows[0][:0]]
    return Runs(*engine.runs(gaps, skips, lengths), members)


def parameter(count: int, total: int) -> int:
    """Return the bits that Rice coding leaves as they are, for ``count`` numbers of this sum.

    The whole-number form of Kiely's rule for geometric sources (IPN Progress Report 42-159, 2004):
    the logarithm of 0.9625 times the mean and a half, rounded down.
    """
    return max(0, ((77 * (2 * total + count)) // (160 * count)).bit_length() - 1)


def _check(counts: Sequence[int], ks: Sequence[int], totals: Sequence[int], size: int) -> int:
    """Return how many indices there are; refuse what is not canonical or leaves the list."""
    if any(k != parameter(n, total) for n, k, total in zip(counts, ks, totals, strict=True)):
        raise MalformedError("not the canonical Rice parameter")
    runs = counts[0]
    members = runs + (counts[1] + totals[2] if len(counts) > 1 else 0)
    if totals[0] + runs - 1 + members > size:
        raise MalformedError("reaches beyond the end of the list")
    if len(counts) > 1 and totals[1] + counts[1] > runs:
        raise MalformedError("more long runs than runs")
    return members


def _engine(count: int) -> _Engine:
    if with_numpy(count):
        from trustcert.encoding import rice_numpy

        return cast("_Engine", rice_numpy)
    from trustcert.encoding import rice_plain

    return cast("_Engine", rice_plain)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + _VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            if not byte and place:
                raise MalformedError("not the shortest form of a number")
            return value, at + place + 1
    raise MalformedError("cut off")
