"""Where CBOR items begin and end (RFC 8949 section 3), found by their heads without decoding.

For what must be hashed as it travelled, and to count what a message holds before any of it is
built.
"""

from __future__ import annotations

from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import CBOR_ITEMS, CBOR_UNUSUAL_KEYS, DEPTH

__all__ = ["array_spans", "head", "headed", "is_shortest", "item_end", "map_spans"]

_INTEGERS: Final = (0, 1)
_TEXT: Final = 3
_STRINGS: Final = (2, _TEXT)
_ARRAY: Final = 4
_MAP: Final = 5
_TAG: Final = 6
_NESTING: Final = (_ARRAY, _MAP, _TAG)
_OPEN_ENDED: Final = (b"\x5f", b"\x7f", b"\x9f", b"\xbf")
"""Heads of byte strings, texts, arrays and maps without a length."""
_LARGE: Final = 1 << 32
"""Integers from here on may be chosen so that Python's hashes of them collide."""


class _Walk:
    """The state of one walk over the heads of an item."""

    __slots__ = ("at", "data", "indefinite", "items", "most", "unusual_keys")

    def __init__(self, data: bytes, at: int, *, indefinite: bool, most: int = CBOR_ITEMS) -> None:
        self.data = data
        self.at = at
        self.indefinite = indefinite
        self.most = most
        self.items = 0
        self.unusual_keys = 0

    def item(self, depth: int, *, is_key: bool = False) -> None:
        """Step over one item, with ``depth`` items open around it."""
        at = self.at
        if self.indefinite and self.data[at : at + 1] in _OPEN_ENDED:
            if is_key:
                self._key(self.data[at] >> 5, 0)
            self._open_ended(self.data[at] >> 5, depth)
            return
        major, argument, self.at = head(self.data, at)
        self._count(depth if major in _NESTING else 0)
        if is_key:
            self._key(major, argument)
        if major in _STRINGS:
            self.at += argument
            if self.at > len(self.data):
                raise MalformedError("is cut off")
        elif major == _TAG:
            self.item(depth + 1)
        elif major in _NESTING:
            for _ in range(argument):
                if major == _MAP:
                    self.item(depth + 1, is_key=True)
                self.item(depth + 1)

    def _count(self, depth: int) -> None:
        self.items += 1
        if self.items > self.most:
            raise LimitExceededError(f"over {self.most} CBOR items")
        if depth >= DEPTH:
            raise MalformedError(f"nested deeper than {DEPTH}")

    def _key(self, major: int, argument: int) -> None:
        if major in _STRINGS or (major in _INTEGERS and argument < _LARGE):
            return
        self.unusual_keys += 1
        if self.unusual_keys > CBOR_UNUSUAL_KEYS:
            raise LimitExceededError(f"over {CBOR_UNUSUAL_KEYS} CBOR keys of unusual kinds")

    def _open_ended(self, major: int, depth: int) -> None:
        """Step over an item that has no length and ends in a break."""
        self.at += 1
        self._count(depth)
        while self.data[self.at : self.at + 1] != b"\xff":
            if major in _STRINGS:
                self._piece(major)
            if major == _MAP:
                self.item(depth + 1, is_key=True)
            self.item(depth + 1)
        self.at += 1

    def _piece(self, major: int) -> None:
        """Raise unless a piece of a string begins here: one of its kind, with a length."""
        kind, _, _ = head(self.data, self.at)
        if kind != major:
            raise MalformedError("a piece of a string must be a string of its kind")


def item_end(data: bytes, at: int, *, indefinite: bool = False, items: int = CBOR_ITEMS) -> int:
    """Return where the item that begins at ``at`` ends, without decoding it.

    ``indefinite`` lets indefinite lengths through; ``items`` is how many items there may be.

    Raises:
        LimitExceededError: more items or unusual keys than :mod:`trustcert.limits` allows.
        MalformedError: cut off, an indefinite length, a reserved head, or nested deeper than
            :data:`~trustcert.limits.DEPTH`.
    """
    walk = _Walk(data, at, indefinite=indefinite, most=items)
    walk.item(0)
    return walk.at


def head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, argument and end of the head at ``at`` (RFC 8949 section 3).

    Raises:
        MalformedError: cut off, an indefinite length or a reserved head.
    """
    if at >= len(data):
        raise MalformedError("is cut off")
    major, short = data[at] >> 5, data[at] & 31
    if short < 24:
        return major, short, at + 1
    if short > 27:
        raise MalformedError("indefinite length or reserved head")
    end = at + 1 + (1 << short - 24)
    if end > len(data):
        raise MalformedError("is cut off")
    return major, int.from_bytes(data[at + 1 : end], "big"), end


def is_shortest(argument: int, size: int) -> bool:
    """Return whether a head of ``size`` bytes is the shortest that can hold ``argument``."""
    return size == 1 or argument >= (24 if size == 2 else 1 << 4 * (size - 1))


def headed(major: int, argument: int) -> bytes:
    """Return the shortest head of a major type and its argument, below 2^64."""
    first = major << 5
    if argument < 24:
        return bytes((first | argument,))
    size = next(size for size in (1, 2, 4, 8) if argument < 1 << 8 * size)
    return bytes((first | 23 + size.bit_length(),)) + argument.to_bytes(size, "big")


def array_spans(data: bytes, at: int) -> list[tuple[int, int]]:
    """Return where each entry of the array at ``at`` begins and ends.

    Raises:
        LimitExceededError: as :func:`item_end`, of all entries together.
        MalformedError: no array, or as :func:`item_end`.
    """
    major, count, start = head(data, at)
    if major != _ARRAY:
        raise MalformedError("must be an array")
    walk = _Walk(data, start, indefinite=False)
    spans = []
    for _ in range(count):
        start = walk.at
        walk.item(1)
        spans.append((start, walk.at))
    return spans


def map_spans(data: bytes, at: int) -> dict[str, tuple[int, int]]:
    """Return where the value of each key of the map at ``at``, whose keys are texts, stands.

    Raises:
        LimitExceededError: as :func:`item_end`, of all pairs together.
        MalformedError: no map, another key, a key twice, or as :func:`item_end`.
    """
    major, count, start = head(data, at)
    if major != _MAP:
        raise MalformedError("must be a map")
    walk = _Walk(data, start, indefinite=False)
    spans: dict[str, tuple[int, int]] = {}
    for _ in range(count):
        kind, _, start = head(data, walk.at)
        walk.item(1)
        key = _text(data[start : walk.at]) if kind == _TEXT else None
        if key is None or key in spans:
            raise MalformedError("keys must be texts, each once")
        start = walk.at
        walk.item(1)
        spans[key] = (start, walk.at)
    return spans


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
