"""What a change will do to which credentials, by the rules of :mod:`trustcert.status.causes`."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, groupby, starmap
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, select

from trustcert.errors import MalformedError
from trustcert.ledger import schema
from trustcert.ledger.allocation import orders
from trustcert.ledger.entries import Past, cut, joined, segments
from trustcert.ledger.permutation import Permutation, permutation
from trustcert.status.causes import RULES, Cause, in_force, objection, state_after
from trustcert.status.paths import checked_issuer
from trustcert.status.statuslist import State
from trustcert.values import PublicValue

NAMED_REFUSALS: Final = 10_000
"""Refusals that an outcome names; beyond, they are only counted."""

_REMEMBERED: Final = 4_096
"""Decisions on equal histories that are not made again."""


class Successor(PublicValue, frozen=True, kw_only=True):
    """What takes a credential's place: which issuer keeps it, and list and index where known."""

    issuer: str
    number: int | None = None
    index: int | None = None


class Wanted(PublicValue, frozen=True, kw_only=True):
    """One credential that is to change, and what takes its place where something does."""

    number: int
    index: int
    successor: Successor | None = None


class Refusal(PublicValue, frozen=True, kw_only=True):
    """A line (from 1; 0 for what was selected) that was refused, and why."""

    line: int
    problem: str


class After(NamedTuple):
    """Where a change leads."""

    state: State
    successor: Successor | None


class Row(NamedTuple):
    """What is to be entered for ``length`` positions from ``first`` on."""

    first: int
    length: int
    after: After


Ask: TypeAlias = tuple[int, Wanted]
"""A line, and the credential that it names."""

Ranges: TypeAlias = Mapping[int, Sequence[tuple[int, int]]]
"""Ascending ranges of positions (first, count) by list."""


class Plan:
    """What a change does: rows to enter by list, and counts of what it does and does not do."""

    __slots__ = ("changed", "refusals", "refused", "rows", "unchanged")

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.rows: dict[int, list[Row]] = defaultdict(list)
        self.changed = self.unchanged = self.refused = 0
        self.refusals: list[Refusal] = []

    def entries(self, change: int) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the table of entries for the change with this id."""
        for number, rows in self.rows.items():
            for after, ranges in _grouped(rows):
                to = after.successor
                told = (to.issuer, to.number, to.index) if to else (None, None, None)
                state = after.state.value
                for first, count in ranges:
                    yield number, first, change, count, state, *told

    def touched(self) -> dict[int, list[tuple[int, int]]]:
        """Return the ranges that change, by list."""
        return {
            number: list(joined((row.first, row.length) for row in rows))
            for number, rows in self.rows.items()
        }

    def refuse(self, line: int, problem: str, count: int = 1) -> None:
        """Count ``count`` credentials as refused, and say why."""
        self.refused += count
        if len(self.refusals) < NAMED_REFUSALS:
            self.refusals.append(Refusal(line=line, problem=problem))


class Planner(PublicValue, frozen=True, kw_only=True):
    """Plans a change for ``cause`` by the ledger of ``issuer`` as ``connection`` sees it."""

    connection: Connection
    issuer: str
    cause: Cause

    def ranges(self, ranges: Ranges, successor: Successor | None = None) -> Plan:
        """Return what happens to all credentials of ``ranges``, which were given out."""
        self._check_successor(successor)
        plan, judge = Plan(), self._judge()
        by_list = orders(self.connection, ranges)
        for number, positions in ranges.items():
            for first, count, history in segments(self.connection, number, positions):
                try:
                    after = judge(history, successor)
                except MalformedError as error:
                    place = f"{number}:{by_list[number].index(first)}"
                    more = f" (and {count - 1} more)" if count > 1 else ""
                    plan.refuse(0, f"{place}{more}: {error}", count)
                    continue
                if after is None:
                    plan.unchanged += count
                else:
                    plan.changed += count
                    plan.rows[number].append(Row(first, count, after))
        return plan

    def named(self, asks: Iterable[Ask]) -> Plan:
        """Return what happens to the credentials that are named one by one."""
        plan, lists = Plan(), _Lists(self.connection)
        places: dict[int, dict[int, list[Ask]]] = defaultdict(lambda: defaultdict(list))
        for line, wanted in asks:
            try:
                self._check_named(wanted)
                position = lists.position(wanted.number, wanted.index)
            except MalformedError as error:
                plan.refuse(line, str(error))
            else:
                places[wanted.number][position].append((line, wanted))
        judge = self._judge()
        for number, by_position in places.items():
            singles = [(position, 1) for position in sorted(by_position)]
            for first, _, history in segments(self.connection, number, singles):
                self._enter(plan, judge, number, first, history, by_position[first])
        plan.refusals.sort(key=lambda refusal: refusal.line)
        return plan

    def _enter(  # noqa: PLR0913, PLR0917 - one position with all that is asked of it
        self,
        plan: Plan,
        judge: Callable[[tuple[Past, ...], Successor | None], After | None],
        number: int,
        position: int,
        history: tuple[Past, ...],
        asks: Sequence[Ask],
    ) -> None:
        """Plan what is asked of one credential; a second change of it in one is refused."""
        entered = False
        for line, wanted in asks:
            try:
                after = judge(history, wanted.successor)
            except MalformedError as error:
                plan.refuse(line, str(error))
                continue
            if after is None:
                plan.unchanged += 1
            elif entered:
                plan.refuse(line, "it is named twice, each time for something else")
            else:
                plan.rows[number].append(Row(position, 1, after))
                plan.changed += 1
                entered = True
                history = (*history, _as_past(self.cause, after))

    def _judge(self) -> Callable[[tuple[Past, ...], Successor | None], After | None]:
        return lru_cache(_REMEMBERED)(partial(_judged, self.cause))

    def _check_named(self, wanted: Wanted) -> None:
        self._check_successor(wanted.successor)
        itself = Successor(issuer=self.issuer, number=wanted.number, index=wanted.index)
        if wanted.successor == itself:
            raise MalformedError("nothing succeeds itself")

    def _check_successor(self, target: Successor | None) -> None:
        if target is None:
            if self.cause is Cause.TRANSFERRED:
                raise MalformedError("a transfer names its successor's issuer")
            return
        if RULES[self.cause].state is not State.SUPERSEDED:
            raise MalformedError(f"{self.cause.value} has no successor")
        checked_issuer(target.issuer)


class _Lists:
    """Finds positions, and refuses what was never given out."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.known: dict[int, tuple[Permutation, int, list[tuple[int, int]]] | None] = {}

    def position(self, number: int, index: int) -> int:
        if number not in self.known:
            self.known[number] = self._read(number)
        known = self.known[number]
        if known is None:
            raise MalformedError("there is no such list, or it has expired")
        order, given, free = known
        position = order.position(index) if 0 <= index < order.size else order.size
        if position >= given or _is_in(free, position):
            raise MalformedError("the index was never given out")
        return position

    def _read(self, number: int) -> tuple[Permutation, int, list[tuple[int, int]]] | None:
        lists, free = schema.status_list, schema.free
        row = self.connection.execute(
            select(lists).where(lists.c.number == number, lists.c.closed_at.is_(None))
        ).one_or_none()
        if row is None:
            return None
        came_back = self.connection.execute(
            select(free.c.first, free.c.count).where(free.c.list == number).order_by(free.c.first)
        )
        # of a sealed list nobody knows what was given out
        given, back = (row.size, []) if row.sealed else (row.given, [(f, c) for f, c in came_back])
        return permutation(row.secret, row.size), given, back


def _judged(cause: Cause, history: tuple[Past, ...], target: Successor | None) -> After | None:
    """Return where ``cause`` leads from ``history``, None where that is reached already.

    Raises:
        MalformedError: the rules do not allow it.
    """
    state, successor = State.VALID, None
    if history:
        state, successor = State(history[-1].state), successor_of(history[-1])
    past = tuple(Cause(entry.cause) for entry in history)
    if _is_there(cause, state, past, successor, target):
        return None
    standing = in_force(past)
    if (problem := objection(cause, standing=standing, state=state)) is not None:
        raise MalformedError(problem)
    after = state_after(cause, standing)
    if after is State.SUPERSEDED and RULES[cause].undoes is not None:
        target = successor
    return After(after, target)


def _is_there(
    cause: Cause,
    state: State,
    past: Sequence[Cause],
    successor: Successor | None,
    target: Successor | None,
) -> bool:
    """Decide whether a credential is already where ``cause`` leads."""
    if state is not RULES[cause].state or RULES[cause].undoes is not None:
        return False
    if state is State.SUSPENDED:
        return cause in in_force(past)
    if state is State.SUPERSEDED:
        by = next(other for other in reversed(past) if RULES[other].state is state)
        return by is cause and target in (None, successor)
    return True


def successor_of(past: Past) -> Successor | None:
    """Return what an entry says takes the credential's place."""
    if past.successor_issuer is None:
        return None
    return Successor(
        issuer=past.successor_issuer, number=past.successor_list, index=past.successor_index
    )


def _as_past(cause: Cause, after: After) -> Past:
    to = after.successor or Successor(issuer="")
    return Past(0, cause.value, after.state.value, to.issuer or None, to.number, to.index)


def _grouped(rows: Iterable[Row]) -> Iterator[tuple[After, Iterable[tuple[int, int]]]]:
    """Yield what neighbouring rows lead to, with the pieces that they are entered as."""
    for after, same in groupby(rows, key=itemgetter(2)):
        yield (
            after,
            chain.from_iterable(starmap(cut, joined((first, length) for first, length, _ in same))),
        )


def _is_in(ranges: Sequence[tuple[int, int]], position: int) -> bool:
    at = bisect_right(ranges, position, key=lambda pair: pair[0]) - 1
    return at >= 0 and position < sum(ranges[at])
