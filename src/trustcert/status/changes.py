"""Changing the state of credentials: revoke, suspend, release, supersede; one, many or a file.

Each call is one transaction of the ledger and one entry of its history: who, when, why, which.
Credentials are named by ``(list, index)``. A change that the rules of
:mod:`trustcert.status.causes` do not allow, or an index that was never given out, is refused by
its place; nothing at all is applied then, unless ``partial`` was asked for. A credential that is
already where the change would lead stays as it is and counts as unchanged; of two measures that
can be undone separately, each has to be.

A file names one credential a line, as ``7,12345``; where something takes its place, that stands
behind it, as ``7,12345,CN-44`` or ``7,12345,CN-44,3,678``. Empty lines and lines that begin with
``#`` are passed over.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias, TypeVar

from trustcert.errors import MalformedError
from trustcert.limits import CLAIM_CHARACTERS, TIME_MAX
from trustcert.status.causes import RULES, Cause, in_force, objection, state_after
from trustcert.status.ledger import Ledger, reading, writing
from trustcert.status.paths import checked_issuer
from trustcert.status.permutation import Permutation, permutation
from trustcert.status.statuslist import State
from trustcert.values import PublicValue

T = TypeVar("T")

LINE_CHARACTERS: Final = 200
"""Characters of a line of a change file: three numbers and an issuer have at most 99."""

NAMED_REFUSALS: Final = 10_000
"""Refusals that an outcome names; beyond, they are only counted."""


_COMMA: Final = r"\s*,\s*"
_LINE: Final = re.compile(
    rf"([0-9]{{1,10}}){_COMMA}([0-9]{{1,10}})"
    rf"(?:{_COMMA}([^,\s]+)(?:{_COMMA}([0-9]{{1,10}}){_COMMA}([0-9]{{1,10}}))?)?",
    re.ASCII,
)


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


Credentials: TypeAlias = Iterable[Wanted | tuple[int, int]]
"""Credentials that are to change; a plain pair stands for list and index."""


class Order(PublicValue, frozen=True, kw_only=True):
    """What is to happen, and who says so.

    ``actor`` is an account or office, not a person's name; ``note`` a file number or a sentence
    for the auditor. ``at`` is in Unix seconds.
    """

    cause: Cause
    actor: str
    at: int
    note: str = ""


class Refusal(PublicValue, frozen=True, kw_only=True):
    """A line (from 1) that was refused, and why."""

    line: int
    problem: str


class Outcome(PublicValue, frozen=True, kw_only=True):
    """What came of a change: ``change`` is its number in the history, None if nothing changed."""

    change: int | None
    changed: int
    unchanged: int
    refused: int = 0
    refusals: tuple[Refusal, ...] = ()


class Entry(PublicValue, frozen=True, kw_only=True):
    """One entry of a credential's history."""

    at: int
    actor: str
    cause: Cause
    note: str
    state: State
    successor: Successor | None


def revoke(ledger: Ledger, credentials: Credentials, order: Order) -> Outcome:
    """Make credentials invalid for good: :func:`change` for a cause that does that."""
    return change(ledger, credentials, _meant(order, State.INVALID))


def suspend(ledger: Ledger, credentials: Credentials, order: Order) -> Outcome:
    """Suspend credentials until they are released: :func:`change` for a cause that does that."""
    return change(ledger, credentials, _meant(order, State.SUSPENDED))


def supersede(ledger: Ledger, credentials: Credentials, order: Order) -> Outcome:
    """Put something in the credentials' place: :func:`change` for a cause that does that."""
    return change(ledger, credentials, _meant(order, State.SUPERSEDED))


def release(ledger: Ledger, credentials: Credentials, order: Order) -> Outcome:
    """Make credentials valid again: :func:`change` for a cause that does that."""
    return change(ledger, credentials, _meant(order, State.VALID))


def change(
    ledger: Ledger, credentials: Credentials, order: Order, *, partial: bool = False
) -> Outcome:
    """Apply ``order`` to all ``credentials``, or to none, or with ``partial`` to those it may.

    They are read inside the transaction; a plain pair stands for list and index.

    Raises:
        MalformedError: the order is out of bounds, or, without ``partial``, a credential was
            refused; ``where`` is its place in ``credentials``.
        SyncError: the ledger failed.
    """
    outcome = _apply(ledger, credentials, _named, order, partial=partial)
    if outcome.refused and not partial:
        first = outcome.refusals[0]
        raise MalformedError(first.problem, where=f"[{first.line - 1}]")
    return outcome


def change_lines(
    ledger: Ledger, lines: Iterable[str], order: Order, *, partial: bool = False
) -> Outcome:
    """Apply ``order`` to the credentials that ``lines`` name.

    Every bad line is named in the outcome; where there is one, nothing is applied unless
    ``partial``.

    Raises:
        MalformedError: the order is out of bounds.
        SyncError: the ledger failed.
    """
    return _apply(ledger, lines, _read_line, order, partial=partial)


def history(ledger: Ledger, number: int, index: int) -> tuple[Entry, ...]:
    """Return what happened to one credential, oldest first; nothing for one that never changed.

    Raises:
        SyncError: the ledger failed.
    """
    with reading(ledger) as connection:
        rows = connection.execute(
            "SELECT at, actor, cause, note, state, successor_issuer, successor_list,"
            " successor_index FROM entry JOIN change ON change.id = entry.change"
            " WHERE list = ? AND idx = ? ORDER BY change",
            (number, index),
        ).fetchall()
    return tuple(
        Entry(
            at=at,
            actor=actor,
            cause=Cause(cause),
            note=note,
            state=State(state),
            successor=None if issuer is None else Successor(issuer=issuer, number=n, index=i),
        )
        for at, actor, cause, note, state, issuer, n, i in rows
    )


def _apply(
    ledger: Ledger,
    items: Iterable[T],
    read: Callable[[T], Wanted | None],
    order: Order,
    *,
    partial: bool,
) -> Outcome:
    _check(order)
    refusals: list[Refusal] = []
    refused = changed = unchanged = 0
    with writing(ledger) as connection:
        number = connection.execute(
            "INSERT INTO change (at, actor, cause, note) VALUES (?, ?, ?, ?)",
            (order.at, order.actor, order.cause.value, order.note),
        ).lastrowid
        book = _Book(connection, ledger.issuer, order.cause, number or 0)
        for line, item in enumerate(items, 1):
            try:
                wanted = read(item)
                if wanted is None:
                    continue
                if book.enter(wanted):
                    changed += 1
                else:
                    unchanged += 1
            except MalformedError as error:
                refused += 1
                if refused <= NAMED_REFUSALS:
                    refusals.append(Refusal(line=line, problem=str(error)))
        if not changed or (refused and not partial):
            connection.execute("ROLLBACK")
            number, changed = None, 0
    return Outcome(
        change=number,
        changed=changed,
        unchanged=unchanged,
        refused=refused,
        refusals=tuple(refusals),
    )


class _Book:
    """One change in the making: the lists it has met, and the statements it repeats."""

    def __init__(
        self, connection: sqlite3.Connection, issuer: str, cause: Cause, change: int
    ) -> None:
        self.connection = connection
        self.issuer = issuer
        self.cause = cause
        self.state = RULES[cause].state
        self.change = change
        self.lists: dict[int, tuple[Permutation, int] | None] = {}

    def enter(self, wanted: Wanted) -> bool:
        """Return whether the credential changes, and enter it if so; refuse what may not be."""
        self.check_given(wanted)
        self.check_successor(wanted)
        state, past, successor = self.now(wanted)
        if self.is_there(state, past, successor, wanted.successor):
            return False
        standing = in_force(past)
        if (problem := objection(self.cause, standing=standing, state=state)) is not None:
            raise MalformedError(problem)
        after = state_after(self.cause, standing)
        target = wanted.successor
        if after is State.SUPERSEDED and RULES[self.cause].undoes is not None:
            target = successor
        row = (target.issuer, target.number, target.index) if target else (None, None, None)
        self.connection.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)",
            (wanted.number, wanted.index, self.change, after.value, *row),
        )
        return True

    def is_there(
        self,
        state: State,
        past: Sequence[Cause],
        successor: Successor | None,
        target: Successor | None,
    ) -> bool:
        """Decide whether the credential is already where the change leads."""
        if state is not self.state or RULES[self.cause].undoes is not None:
            return False
        if state is State.SUSPENDED:
            return self.cause in in_force(past)
        if state is State.SUPERSEDED:
            by = next(cause for cause in reversed(past) if RULES[cause].state is state)
            return by is self.cause and target in (None, successor)
        return True

    def now(self, wanted: Wanted) -> tuple[State, tuple[Cause, ...], Successor | None]:
        """Return state, causes so far (oldest first) and successor of the credential."""
        rows = self.connection.execute(
            "SELECT cause, state, successor_issuer, successor_list, successor_index FROM entry"
            " JOIN change ON change.id = entry.change WHERE list = ? AND idx = ? ORDER BY change",
            (wanted.number, wanted.index),
        ).fetchall()
        if not rows:
            return State.VALID, (), None
        _, state, issuer, number, index = rows[-1]
        successor = None if issuer is None else Successor(issuer=issuer, number=number, index=index)
        return State(state), tuple([Cause(row[0]) for row in rows]), successor

    def check_given(self, wanted: Wanted) -> None:
        if wanted.number not in self.lists:
            row = self.connection.execute(
                "SELECT secret, size, given FROM list WHERE number = ? AND closed_at IS NULL",
                (wanted.number,),
            ).fetchone()
            known = None if row is None else (permutation(row[0], row[1]), row[2])
            self.lists[wanted.number] = known
        known = self.lists[wanted.number]
        if known is None:
            raise MalformedError("there is no such list, or it has expired")
        order, given = known
        if not 0 <= wanted.index < order.size or order.position(wanted.index) >= given:
            raise MalformedError("the index was never given out")

    def check_successor(self, wanted: Wanted) -> None:
        target = wanted.successor
        if target is None:
            if self.cause is Cause.TRANSFERRED:
                raise MalformedError("a transfer names its successor's issuer")
            return
        if self.state is not State.SUPERSEDED:
            raise MalformedError(f"{self.cause.value} has no successor")
        checked_issuer(target.issuer)
        if target == Successor(issuer=self.issuer, number=wanted.number, index=wanted.index):
            raise MalformedError("nothing succeeds itself")


def _meant(order: Order, state: State) -> Order:
    if RULES[order.cause].state is not state:
        fitting = ", ".join(cause.value for cause, rule in RULES.items() if rule.state is state)
        raise MalformedError(f"must be one of: {fitting}", where="cause")
    return order


def _check(order: Order) -> None:
    if not 0 < len(order.actor) <= CLAIM_CHARACTERS:
        raise MalformedError(f"must have 1 to {CLAIM_CHARACTERS} characters", where="actor")
    if len(order.note) > CLAIM_CHARACTERS:
        raise MalformedError(f"must have up to {CLAIM_CHARACTERS} characters", where="note")
    if not 0 <= order.at <= TIME_MAX:
        raise MalformedError("time outside the years 1970 to 9999", where="at")


def _named(credential: Wanted | tuple[int, int]) -> Wanted:
    if isinstance(credential, Wanted):
        return credential
    number, index = credential
    return Wanted(number=number, index=index)


def _read_line(line: str) -> Wanted | None:
    text = line.strip("\ufeff \t\r\n")
    if not text or text.startswith("#"):
        return None
    match = _LINE.fullmatch(text) if len(line) <= LINE_CHARACTERS else None
    if match is None:
        raise MalformedError("must be list,index or list,index,issuer or all five")
    number, index, issuer, its_number, its_index = match.groups()
    successor = None
    if issuer is not None:
        successor = Successor(
            issuer=issuer,
            number=None if its_number is None else int(its_number),
            index=None if its_index is None else int(its_index),
        )
    return Wanted(number=int(number), index=int(index), successor=successor)
