"""The entries of the history: what each change did, by ranges of positions of a list.

A range is cut at multiples of powers of two (:func:`cut`), so that of two entries one encloses the
other or they do not touch, and so that every entry of a position begins at one of 29 places, which
an index finds. So an entry costs the same whether it stands for one credential or for a million,
and a credential's history is found in the same time whatever else is on the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from trustcert.ledger import schema
from trustcert.limits import STATUS_LIST_SIZE

_LEVELS: Final = STATUS_LIST_SIZE.bit_length()
_GAP: Final = 4_096
"""Positions between two ranges for which one question is cheaper than two."""
_SPAN: Final = 1 << 16
"""Positions that one question is about: what it answers is held in memory."""


class Past(NamedTuple):
    """One entry of a credential's history: the change's number, what it did, and why."""

    number: int
    cause: str
    state: int
    successor_issuer: str | None
    successor_list: int | None
    successor_index: int | None


class Segment(NamedTuple):
    """``length`` positions from ``first`` on that have the same history, oldest entry first."""

    first: int
    length: int
    history: tuple[Past, ...]


def cut(first: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield the range in pieces (first, count) of a power of two that divides ``first``."""
    while count:
        piece = 1 << count.bit_length() - 1
        if first:
            piece = min(piece, first & -first)
        yield first, piece
        first, count = first + piece, count - piece


def joined(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield ranges (first, count) that ascend by their first, with what touches made one."""
    start = end = -1
    for first, count in ranges:
        if first > end:
            if end > start:
                yield start, end - start
            start = first
        end = max(end, first + count)
    if end > start:
        yield start, end - start


def positions(ranges: Iterable[tuple[int, int]]) -> list[int]:
    """Return every position of the ranges, in order."""
    return [position for first, count in ranges for position in range(first, first + count)]


def meet(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> bool:
    """Return whether ascending ranges have a position in common."""
    at = 0
    for first, count in one:
        while at < len(other) and sum(other[at]) <= first:
            at += 1
        if at < len(other) and other[at][0] < first + count:
            return True
    return False


def segments(
    connection: Connection, number: int, ranges: Iterable[tuple[int, int]]
) -> Iterator[Segment]:
    """Yield the history of every position of ``ranges`` on list ``number``.

    The ranges (first, count) ascend and do not touch. Changes that are being prepared do not count.
    """
    for window in _windows(ranges):
        low, high = window[0][0], sum(window[-1])
        entries = _entries(connection, number, low, high)
        if not entries:
            yield from (Segment(first, count, ()) for first, count in window)
            continue
        rest = iter(_flat(entries, low, high))
        flat = next(rest)
        for first, count in window:
            at, end = first, first + count
            while at < end:
                while flat.first + flat.length <= at:
                    flat = next(rest)
                till = min(end, flat.first + flat.length)
                yield Segment(at, till - at, flat.history)
                at = till


def changed_positions(connection: Connection, number: int, first: int, count: int) -> set[int]:
    """Return which of ``count`` positions from ``first`` on were ever changed."""
    return {
        position
        for segment in segments(connection, number, [(first, count)])
        if segment.history
        for position in range(segment.first, segment.first + segment.length)
    }


def since(connection: Connection, number: int, change: int) -> list[tuple[int, int]]:
    """Return the ranges of list ``number`` that changes after ``change`` touched, ascending."""
    entry, changes = schema.entry, schema.change
    rows = connection.execute(
        select(entry.c.first, entry.c.count)
        .join(changes, changes.c.id == entry.c.change)
        .where(changes.c.number > change, entry.c.list == number)
        .order_by(entry.c.first)
    )
    return list(joined((first, count) for first, count in rows))


def _windows(ranges: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield the ranges in groups of near ones; a long range stands in several."""
    window: list[tuple[int, int]] = []
    begin = end = 0
    for first, count in ranges:
        for at in range(first, first + count, _SPAN) if count > _SPAN else (first,):
            if window and (at - end > _GAP or at - begin >= _SPAN):
                yield window
                window = []
            if not window:
                begin = at
            end = min(at + _SPAN, first + count)
            window.append((at, end - at))
    if window:
        yield window


def _entries(connection: Connection, number: int, low: int, high: int) -> list[Any]:
    """Return the entries that touch the positions from ``low`` to below ``high``."""
    entry, changes = schema.entry, schema.change
    # an outer join, so that no database begins with a change, which may have millions of entries
    query = (
        select(
            entry.c.first,
            entry.c.count,
            changes.c.number,
            changes.c.cause,
            entry.c.state,
            entry.c.successor_issuer,
            entry.c.successor_list,
            entry.c.successor_index,
        )
        .outerjoin(changes, changes.c.id == entry.c.change)
        .where(entry.c.list == number)
        .order_by(entry.c.first, entry.c.count.desc())
    )
    begin = sorted({low >> level << level for level in range(_LEVELS)} - {low})
    around = query.where(entry.c.first.in_(begin), entry.c.first + entry.c.count > low)
    within = query.where(entry.c.first >= low, entry.c.first < high)
    # two questions, each of which an index answers; with "or" between them none does
    rows = (*connection.execute(around).all(), *connection.execute(within).all())
    return [row for row in rows if row.number is not None]


def _flat(entries: Sequence[Any], low: int, high: int) -> Iterator[Segment]:
    """Yield what ``entries`` say of the positions from ``low`` to below ``high``, in order.

    They come by their first position, the longer of two first: what encloses before the enclosed.
    """
    at = low
    around: list[tuple[int, Past]] = []
    for first, count, *past in entries:
        while around and around[-1][0] <= first:
            if around[-1][0] > at:
                yield Segment(at, around[-1][0] - at, _history(around))
                at = around[-1][0]
            around.pop()
        if first > at:
            yield Segment(at, first - at, _history(around))
            at = first
        around.append((first + count, Past(*past)))
    while around:
        end = min(around[-1][0], high)
        if end > at:
            yield Segment(at, end - at, _history(around))
            at = end
        around.pop()
    if at < high:
        yield Segment(at, high - at, ())


def _history(around: Sequence[tuple[int, Past]]) -> tuple[Past, ...]:
    if len(around) == 1:
        return (around[0][1],)
    return tuple(sorted(past for _, past in around))
