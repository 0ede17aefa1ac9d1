"""Sets of list indices in memory: compact, and asked in under a microsecond.

Up to one index in sixteen the set holds the low 16 bits of its members in ascending order, and how
many members stand before each block of ``1 << shift`` indices, a block being small enough for
about a hundred members: two bytes a member, and less than 0.07 for the blocks.
Beyond that a bitmap (least significant bit first) is smaller, at an eighth of a byte an index.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import accumulate
from operator import add as add_up
from typing import TYPE_CHECKING, Final

from trustcert.encoding.rice import Runs, with_numpy
from trustcert.values import PublicValue

__all__ = [
    "IndexSet",
    "changed",
    "disjoint",
    "empty",
    "from_indices",
    "from_runs",
    "runs_from",
    "runs_of",
    "within",
]

_BLOCK_MEMBERS: Final = 128
_WIDEST_BLOCK: Final = 16
_BITMAP_PIECE: Final = 1 << 16
_PAGE: Final = 1 << 16


if TYPE_CHECKING:
    IntArray = array[int]
else:
    IntArray = array  # which Python 3.11 cannot subscript


class IndexSet(PublicValue, frozen=True, kw_only=True):
    """A set of indices below ``size``.

    ``lows`` and ``offsets`` (the members before each block, and in all) are used where ``bitmap``
    is empty.
    """

    size: int
    count: int
    shift: int
    lows: IntArray
    offsets: IntArray
    bitmap: bytes

    def has(self, index: int) -> bool:
        """Return whether ``index``, which must be below ``size``, is in the set."""
        if self.bitmap:
            return self.bitmap[index >> 3] >> (index & 7) & 1 == 1
        block = index >> self.shift
        stop = self.offsets[block + 1]
        low = index & 0xFFFF
        at = bisect_left(self.lows, low, self.offsets[block], stop)
        return at < stop and self.lows[at] == low

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        runs = runs_of(self)
        for start, end in zip(runs.starts, runs.ends, strict=True):
            yield from range(start, end)

    @property
    def memory(self) -> int:
        """Bytes that the members take."""
        return 2 * len(self.lows) + 4 * len(self.offsets) + len(self.bitmap)


def empty(size: int) -> IndexSet:
    """Return the empty set of indices below ``size``."""
    return from_runs(Runs(array("I"), array("I"), 0), size=size)


def from_indices(indices: Iterable[int], *, size: int) -> IndexSet:
    """Return the set of ``indices``, in any order and with repetitions, all below ``size``."""
    return from_runs(runs_from(sorted(set(indices))), size=size)


def runs_from(indices: Iterable[int]) -> Runs:
    """Return the runs of ascending ``indices``."""
    starts, ends = array("I"), array("I")
    due = -1
    count = 0
    for count, index in enumerate(indices, 1):  # noqa: B007 - the last one is the count
        if index == due:
            ends[-1] = due = index + 1
        else:
            due = index + 1
            starts.append(index)
            ends.append(due)
    return Runs(starts, ends, count)


def from_runs(runs: Runs, *, size: int) -> IndexSet:
    """Return the set of these ascending runs below ``size``."""
    if _dense(runs.members, size):
        return _from_bitmap(_bitmap(runs, size), runs.members, size)
    shift = _shift(runs.members, size)
    blocks = (size >> shift) + 1
    if with_numpy(runs.members):
        from trustcert.status import indices_numpy

        lows, offsets = indices_numpy.blocks(runs, shift, blocks)
    else:
        longs = _longs(runs)
        lows, offsets = _lows(runs, longs), _offsets(runs, longs, shift, blocks)
    return _from_lows(lows, offsets, shift, size)


def runs_of(indices: IndexSet) -> Runs:
    """Return the set as its runs."""
    if indices.bitmap:
        return _runs_of_bitmap(indices)
    if with_numpy(indices.count):
        from trustcert.status import indices_numpy

        return indices_numpy.runs(indices.lows, indices.offsets, indices.shift)
    return runs_from(_members(indices))


def changed(indices: IndexSet, *, add: Sequence[int], drop: Sequence[int]) -> IndexSet:
    """Return the set with the ascending ``add`` put in and ``drop`` taken out.

    What is there already, or not there, stays as it is. Costs a copy of the set's memory and a
    little for each change.
    """
    coming = [index for index in add if not indices.has(index)]
    going = [index for index in drop if indices.has(index)]
    count = indices.count + len(coming) - len(going)
    if _dense(count, indices.size) and indices.bitmap:
        bitmap = bytearray(indices.bitmap)
        for index in (*coming, *going):
            bitmap[index >> 3] ^= 1 << (index & 7)
        return _from_bitmap(bytes(bitmap), count, indices.size)
    if indices.bitmap or indices.shift != _shift(count, indices.size):
        gone = frozenset(going)
        left = (index for index in indices if index not in gone)
        return from_runs(runs_from(merge(left, coming)), size=indices.size)
    return _respliced(indices, coming, going)


def within(inner: IndexSet, outer: IndexSet) -> bool:
    """Return whether every member of ``inner`` is one of ``outer``, of the same size."""
    if inner.bitmap and outer.bitmap:
        return not _number(inner) & ~_number(outer)
    if inner.bitmap or outer.bitmap or _few(inner):
        return all(map(outer.has, inner))
    pairs = zip(_pages(inner), _pages(outer), strict=True)
    return all(frozenset(many).issuperset(some) for some, many in pairs if some)


def disjoint(one: IndexSet, other: IndexSet) -> bool:
    """Return whether two sets of the same size have no member in common."""
    if one.bitmap and other.bitmap:
        return not _number(one) & _number(other)
    few, many = (one, other) if len(one) < len(other) else (other, one)
    if many.bitmap or _few(few):
        return not any(map(many.has, few))
    pairs = zip(_pages(few), _pages(many), strict=True)
    return all(frozenset(some).isdisjoint(rest) for some, rest in pairs if some)


def _few(indices: IndexSet) -> bool:
    """Return whether asking for each member is less work than going through the pages."""
    return indices.count * _PAGE < indices.size


def _pages(indices: IndexSet) -> Iterator[IntArray]:
    """Yield the low halves of the members of each 65,536 indices; of sets without a bitmap."""
    offsets, width = indices.offsets, _WIDEST_BLOCK - indices.shift
    for page in range((indices.size >> _WIDEST_BLOCK) + 1):
        start = min(page << width, len(offsets) - 1)
        end = min(page + 1 << width, len(offsets) - 1)
        yield indices.lows[offsets[start] : offsets[end]]


def _number(indices: IndexSet) -> int:
    return int.from_bytes(indices.bitmap, "little")


def _dense(count: int, size: int) -> bool:
    return count > 0 and 2 * count + 4 * (size >> _shift(count, size)) > size // 8


def _shift(count: int, size: int) -> int:
    """Return how wide a block is: the widest that holds at most 128 of ``count`` on average."""
    shift = _WIDEST_BLOCK
    while count << shift > _BLOCK_MEMBERS * size:
        shift -= 1
    return shift


def _from_bitmap(bitmap: bytes, count: int, size: int) -> IndexSet:
    return IndexSet(
        size=size, count=count, shift=0, lows=array("H"), offsets=array("I"), bitmap=bitmap
    )


def _from_lows(lows: IntArray, offsets: IntArray, shift: int, size: int) -> IndexSet:
    return IndexSet(size=size, count=len(lows), shift=shift, lows=lows, offsets=offsets, bitmap=b"")


def _respliced(indices: IndexSet, coming: Sequence[int], going: Sequence[int]) -> IndexSet:
    """Cut the low halves at each change, so that the unchanged stretches are copied whole."""
    old, offsets, shift = indices.lows, indices.offsets, indices.shift
    steps = [0] * len(offsets)
    lows = array("H")
    done = 0
    for index, enters in sorted([*((i, True) for i in coming), *((i, False) for i in going)]):
        block, low = index >> shift, index & 0xFFFF
        at = bisect_left(old, low, offsets[block], offsets[block + 1])
        lows += old[done:at]
        if enters:
            lows.append(low)
        done = at if enters else at + 1
        steps[block + 1] += 1 if enters else -1
    lows += old[done:]
    moved = array("I", map(add_up, offsets, accumulate(steps)))
    return _from_lows(lows, moved, shift, indices.size)


def _lows(runs: Runs, longs: Sequence[int]) -> IntArray:
    starts, ends = runs.starts, runs.ends
    lows = array("H")
    done = 0
    for place in longs:
        lows.extend([start & 0xFFFF for start in starts[done:place]])
        _extend(lows, starts[place], ends[place])
        done = place + 1
    lows.extend([start & 0xFFFF for start in starts[done:]])
    return lows


def _offsets(runs: Runs, longs: Sequence[int], shift: int, blocks: int) -> IntArray:
    starts, ends = runs.starts, runs.ends
    more = [0, *accumulate(ends[place] - starts[place] - 1 for place in longs)]
    offsets = array("I")
    place = 0
    for border in range(0, (blocks + 1) << shift, 1 << shift):
        place = bisect_left(starts, border, place)
        over = max(0, ends[place - 1] - border) if place else 0
        offsets.append(place + more[bisect_left(longs, place)] - over)
    return offsets


def _longs(runs: Runs) -> list[int]:
    """Return which runs are longer than one."""
    if runs.members == len(runs.starts):
        return []
    pairs = zip(runs.starts, runs.ends, strict=True)
    return [place for place, (start, end) in enumerate(pairs) if end - start > 1]


def _extend(lows: IntArray, start: int, end: int) -> None:
    while start < end:
        stop = min(end, (start | 0xFFFF) + 1)
        lows.extend(range(start & 0xFFFF, (stop - 1 & 0xFFFF) + 1))
        start = stop


def _members(indices: IndexSet) -> Iterator[int]:
    lows, offsets = indices.lows, indices.offsets
    for block in range(len(offsets) - 1):
        base = block << indices.shift & ~0xFFFF
        for low in lows[offsets[block] : offsets[block + 1]]:
            yield base | low


def _bitmap(runs: Runs, size: int) -> bytes:
    bitmap = bytearray((size + 7) // 8)
    for start, end in zip(runs.starts, runs.ends, strict=True):
        first, last = start >> 3, (end - 1) >> 3
        head, tail = 0xFF << (start & 7) & 0xFF, 0xFF >> (7 - (end - 1 & 7))
        if first == last:
            bitmap[first] |= head & tail
        else:
            bitmap[first] |= head
            bitmap[first + 1 : last] = b"\xff" * (last - first - 1)
            bitmap[last] |= tail
    return bytes(bitmap)


def _runs_of_bitmap(indices: IndexSet) -> Runs:
    """Return the runs by their edges: a bit that differs from the one before it."""
    bitmap = indices.bitmap
    edges: list[int] = []
    before = 0
    for base in range(0, len(bitmap), _BITMAP_PIECE):
        piece = bitmap[base : base + _BITMAP_PIECE]
        bits = int.from_bytes(piece, "little")
        width = 8 * len(piece)
        marks = (bits ^ (bits << 1 | before)) & ((1 << width) - 1)
        before = bits >> (width - 1)
        at = 8 * base - 1
        for zeros in format(marks, "b")[::-1].split("1")[:-1]:
            at += len(zeros) + 1
            edges.append(at)
    if before:
        edges.append(8 * len(bitmap))
    return Runs(array("I", edges[::2]), array("I", edges[1::2]), indices.count)
