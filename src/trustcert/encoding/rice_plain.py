"""The rows of :mod:`trustcert.encoding.rice` with the standard library alone."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from trustcert.errors import MalformedError

__all__ = ["pack", "rows", "runs", "total", "unpack"]

_DIGITS: Final = [bytes(0x30 | octet >> place & 1 for octet in range(256)) for place in range(8)]
_VALUES: Final = bytes.maketrans(b"01", b"\0\1")
_SHORT: Final = 16
_UNARY: Final = ["0" * quotient + "1" for quotient in range(_SHORT)]


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
    lows: list[Sequence[int]] = []
    at = 0
    for count, k in zip(counts, ks, strict=True):
        lows.append(_numbers(text[at : at + count * k], count, k))
        at += count * k
    if text.count("1", at) != sum(counts) or "1" not in text[max(at, len(text) - 8) :]:
        raise MalformedError("not as many indices as announced")
    quotients = list(map(len, text[at:].split("1")))
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
    shifted = [*gaps, 0]
    longs: list[tuple[int, int]] = []
    place = -1
    for skip, length in zip(skips, lengths, strict=True):
        place += skip + 1
        longs.append((place, length + 1))
        shifted[place + 1] += length + 1
    shifted.pop()
    starts = array("I", [at + 2 * n for n, at in enumerate(accumulate(shifted))])
    ends = array("I", [start + 1 for start in starts])
    for place, more in longs:
        ends[place] += more
    return starts, ends


def _low_bits(row: Sequence[int], k: int) -> str:
    """Return the ``k`` lowest bits of each number: laid out a bit place at a time."""
    out = bytearray(len(row) * k)
    for base in range(0, k, 8):
        octets = bytes([value >> base & 0xFF for value in row])
        for place in range(base, min(base + 8, k)):
            out[k - 1 - place :: k] = octets.translate(_DIGITS[place - base])
    return out.decode("ascii")


def _unary(row: Sequence[int], k: int) -> str:
    quotients = [value >> k for value in row]
    return "".join([_UNARY[q] if q < _SHORT else "0" * q + "1" for q in quotients])


def _numbers(text: str, count: int, k: int) -> Sequence[int]:
    """Return ``count`` numbers of ``k`` bits: a bit place at a time, in lanes of a byte."""
    if not k:
        return bytes(count)
    bits = text.encode("ascii").translate(_VALUES)
    octets: list[bytes] = []
    for base in range(0, k, 8):
        lanes = 0
        for place in range(base, min(base + 8, k)):
            lanes |= int.from_bytes(bits[k - 1 - place :: k]) << (place - base)
        octets.append(lanes.to_bytes(count))
    numbers: Sequence[int] = octets.pop()
    while octets:
        numbers = [high << 8 | low for high, low in zip(numbers, octets.pop(), strict=True)]
    return numbers
