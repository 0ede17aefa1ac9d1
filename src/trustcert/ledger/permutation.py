"""The order in which a list gives out its indices: random, without repetition, without a table.

A balanced Feistel network of eight rounds over the indices, its round functions read from the
SHAKE-256 stream of a secret of the list; results beyond the list's size are walked on (cycle
walking, NIST SP 800-38G appendix). So the n-th index is computed, never stored, two processes
cannot meet, and whoever lacks the secret learns neither how many indices are given out nor which
belong together.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from trustcert.encoding.rice import with_numpy
from trustcert.status.indices import IntArray
from trustcert.values import Value

_ROUNDS: Final = 8


class Permutation(Value, frozen=True, kw_only=True):
    """A permutation of the numbers below ``size``."""

    _shown = ("size",)

    size: int
    half: int
    rounds: tuple[IntArray, ...]

    def index(self, position: int) -> int:
        """Return which index is the one at ``position`` (both below ``size``)."""
        half, mask = self.half, (1 << self.half) - 1
        while True:
            left, right = position >> half, position & mask
            for table in self.rounds:
                left, right = right, left ^ table[right]
            position = left << half | right
            if position < self.size:
                return position

    def indices(self, positions: Sequence[int]) -> list[int]:
        """Return the indices at ``positions``, in their order."""
        if not with_numpy(len(positions)):
            return [self.index(place) for place in positions]
        import numpy as np

        tables = [np.frombuffer(table, np.uint16).astype(np.int64) for table in self.rounds]
        half, mask = self.half, (1 << self.half) - 1
        found = np.array(positions)
        walking = np.arange(len(found))
        while len(walking):
            left, right = found[walking] >> half, found[walking] & mask
            for table in tables:
                left, right = right, left ^ table[right]
            found[walking] = left << half | right
            walking = walking[found[walking] >= self.size]
        listed: list[int] = found.tolist()
        return listed

    def position(self, index: int) -> int:
        """Return at which position ``index`` comes: the inverse of :meth:`index`."""
        half, mask = self.half, (1 << self.half) - 1
        while True:
            left, right = index >> half, index & mask
            for table in reversed(self.rounds):
                left, right = right ^ table[left], left
            index = left << half | right
            if index < self.size:
                return index


@lru_cache(maxsize=64)
def permutation(secret: bytes, size: int) -> Permutation:
    """Return the permutation of the numbers below ``size`` that ``secret`` stands for."""
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    entries = 1 << half
    stream = array("H", hashlib.shake_256(secret).digest(2 * entries * _ROUNDS))
    if sys.byteorder == "big":
        stream.byteswap()
    numbers = array("H", [number & (entries - 1) for number in stream])
    rounds = tuple(numbers[at : at + entries] for at in range(0, len(numbers), entries))
    return Permutation(size=size, half=half, rounds=rounds)
