"""The rows of :mod:`trustcert.encoding.rice` with the standard library alone."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from trustcert.errors import MalformedError

_TABLE_BITS: Final = 12


def rows(starts: array[int], ends: array[int]) -> list[list[int]]:
    """Return gaps, skips and lengths of at least one run."""
    gaps = [starts[0], *[after - end - 1 for end, after in zip(ends, starts[1:], strict=False)]]
    longs = [
        (place, end - start - 2)
        for place, (start, end) in enumerate(zip(starts, ends, strict=True))
        if end - start > 1
    ]
    places = [place for place, _ in longs]
    skips = [after - before - 1 for before, after in zip([-1, *places], places, strict=False)]
    return [gaps, skips, [length for _, length in longs]]


def total(row: Sequence[int]) -> int:
    """Return the sum of a row."""
    return sum(row)


def pack(rows: Sequence[Sequence[int]], ks: Sequence[int]) -> bytes:
    """Return the bit string of the rows."""
    parts = [_low_bits(row, k) for row, k in zip(rows, ks, strict=True) if k]
    parts += [_unary(row, k) for row, k in zip(rows, ks, strict=True)]
    text = "".join(parts)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8)


def unpack(data: bytes, counts: Sequence[int], ks: Sequence[int], size: int) -> list[list[int]]:
    """Return the rows in ``data``, which holds at least their low bits.

    Raises:
        MalformedError: not as many unary parts as counted, other padding than needed, or a row
            whose sum exceeds ``size``.
    """
    text = format(int.from_bytes(data), f"0{8 * len(data)}b")
    lows: list[list[int]] = []
    at = 0
    for count, k in zip(counts, ks, strict=True):
        lows.append(_numbers(text[at : at + count * k], k) if k else [0] * count)
        at += count * k
    if text.count("1", at) != sum(counts) or "1" not in text[max(at, len(text) - 8) :]:
        raise MalformedError("not as many indices as announced")
    quotients = [len(zeros) for zeros in text[at:].split("1")]
    out: list[list[int]] = []
    at = 0
    for low, k in zip(lows, ks, strict=True):
        part = quotients[at : at + len(low)]
        at += len(low)
        if sum(part) << k > size:
            raise MalformedError("reaches beyond the end of the list")
        out.append([quotient << k | rest for quotient, rest in zip(part, low, strict=True)])
    return out


def runs(
    gaps: Sequence[int], skips: Sequence[int], lengths: Sequence[int]
) -> tuple[array[int], array[int]]:
    """Return first indices of the runs and the indices behind their last ones."""
    if not lengths:
        starts = array("I", [place + 2 * n for n, place in enumerate(accumulate(gaps))])
        return starts, array("I", [start + 1 for start in starts])
    extra = [0] * len(gaps)
    place = -1
    for skip, length in zip(skips, lengths, strict=True):
        place += skip + 1
        extra[place] = length + 1
    starts, ends = array("I"), array("I")
    end = -1
    for gap, more in zip(gaps, extra, strict=True):
        start = end + 1 + gap
        end = start + 1 + more
        starts.append(start)
        ends.append(end)
    return starts, ends


def _low_bits(row: Sequence[int], k: int) -> str:
    mask = (1 << k) - 1
    if k <= _TABLE_BITS and len(row) > mask:
        table = [format(value, f"0{k}b") for value in range(mask + 1)]
        return "".join([table[value & mask] for value in row])
    high = mask + 1
    return "".join([bin(value & mask | high)[3:] for value in row])


def _unary(row: Sequence[int], k: int) -> str:
    table = ["0" * quotient + "1" for quotient in range(16)]
    return "".join(
        [table[value >> k] if value >> k < 16 else "0" * (value >> k) + "1" for value in row]
    )


def _numbers(bits: str, k: int) -> list[int]:
    return [int(bits[at : at + k], 2) for at in range(0, len(bits), k)]
