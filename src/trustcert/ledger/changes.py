"""Changing the state of credentials: revoke, suspend, release, supersede; one, many or a file.

Each call is one entry of the ledger's history: who, when, why, which. Credentials are named by
``(list, index)``, or by what they have in common (:class:`~trustcert.ledger.selection.Selection`).
A change that the rules of :mod:`trustcert.status.causes` do not allow, or an index that was never
given out, is refused by its place; nothing at all is applied then, unless ``partial`` was asked
for. A credential that is already where the change would lead stays as it is and counts as
unchanged; of two measures that can be undone separately, each has to be.

A change is planned on a state of the ledger while others go on writing. What is written of a large
one counts for nothing until the change gets its number, in one short transaction: there it takes in
what was issued meanwhile, and it is planned again where another change touched the same
credentials. So it holds for all or for none, and nobody waits for it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Sequence
from functools import partial as partial_
from itertools import islice
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, delete, func, insert, select, update

from trustcert.errors import MalformedError
from trustcert.ledger import schema
from trustcert.ledger.allocation import orders
from trustcert.ledger.entries import Past, meet, segments, since
from trustcert.ledger.planning import Ask, Plan, Planner, Refusal, Successor, Wanted, successor_of
from trustcert.ledger.selection import Selection, selected
from trustcert.ledger.storage import Ledger, hold_off_issuing, insert_many, lock, read, write
from trustcert.limits import CLAIM_CHARACTERS, TIME_MAX
from trustcert.status.causes import RULES, Cause
from trustcert.status.statuslist import State
from trustcert.values import PublicValue, Value

ROW_CHARACTERS: Final = 200
"""Characters of a row that names a credential: three numbers and an issuer have at most 99."""

_NUMBER: Final = "([0-9]{1,10})"
_ROW: Final = re.compile(rf"{_NUMBER},{_NUMBER}(?:,([^,\s]+)(?:,{_NUMBER},{_NUMBER})?)?", re.ASCII)

Row: TypeAlias = tuple[int, Wanted | str]
"""The line of a table, and the credential that it names, or why it names none."""

_TOKEN_BYTES: Final = 16

_AT_ONCE: Final = 10_000
"""Entries of one transaction: some 50 ms under SQLite's one write lock."""

_PAUSE: Final = 0.005
_FEW: Final = 1_000
"""Rows of a plan that are entered in the transaction that also gives the change its number."""

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


def change(  # noqa: PLR0913 - what is asked, of what, and how
    ledger: Ledger,
    credentials: Credentials | Selection,
    order: Order,
    *,
    successor: Successor | None = None,
    partial: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Apply ``order`` to all ``credentials``, or to none, or with ``partial`` to those it may.

    A plain pair stands for list and index; ``successor`` takes the place of what is selected.
    A ``dry_run`` only counts.

    Raises:
        MalformedError: the order is out of bounds, or, without ``partial``, a credential was
            refused; ``where`` is its place in ``credentials``.
        SyncError: the ledger failed.
        TrustError: the ledger was moved elsewhere.
    """
    if isinstance(credentials, Selection):
        work: _Work = _Selected(selection=credentials, successor=successor)
    else:
        work = _Named(asks=[(line, _named(item)) for line, item in enumerate(credentials, 1)])
    outcome = _apply(ledger, work, order, partial=partial, dry_run=dry_run)
    if outcome.refused and not partial and not dry_run:
        first = outcome.refusals[0]
        raise MalformedError(first.problem, where=f"[{first.line - 1}]" if first.line else "")
    return outcome


def change_rows(
    ledger: Ledger,
    rows: Iterable[Row],
    order: Order,
    *,
    partial: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Apply ``order`` to the credentials that the rows of a table name.

    Every bad row is named in the outcome; where there is one, nothing is applied unless
    ``partial``. A ``dry_run`` only counts.

    Raises:
        MalformedError: the order is out of bounds.
        SyncError: the ledger failed.
        TrustError: the ledger was moved elsewhere.
    """
    asks: list[Ask] = []
    bad: list[Refusal] = []
    for line, wanted in rows:
        if isinstance(wanted, Wanted):
            asks.append((line, wanted))
        else:
            bad.append(Refusal(line=line, problem=wanted))
    work = _Named(asks=asks, bad=tuple(bad))
    return _apply(ledger, work, order, partial=partial, dry_run=dry_run)


def wanted_in(cells: Sequence[str]) -> Wanted:
    """Return the credential that the cells of a row name.

    They are list and index, and behind them, where something takes its place, the issuer that keeps
    it, or issuer, list and index. Empty cells at the end do not count.

    Raises:
        MalformedError: they are something else.
    """
    match = _ROW.fullmatch(",".join(cell.strip() for cell in cells).rstrip(","))
    if match is None or sum(map(len, cells)) > ROW_CHARACTERS:
        raise MalformedError("must be list, index, and perhaps issuer, list, index of a successor")
    number, index, issuer, its_number, its_index = match.groups()
    successor = None
    if issuer is not None:
        successor = Successor(
            issuer=issuer,
            number=None if its_number is None else int(its_number),
            index=None if its_index is None else int(its_index),
        )
    return Wanted(number=int(number), index=int(index), successor=successor)


def history(ledger: Ledger, number: int, index: int) -> tuple[Entry, ...]:
    """Return what happened to one credential, oldest first; nothing for one that never changed.

    Raises:
        SyncError: the ledger failed.
    """

    def body(connection: Connection) -> tuple[Entry, ...]:
        order = orders(connection, [number]).get(number)
        if order is None or not 0 <= index < order.size:
            return ()
        (segment,) = segments(connection, number, [(order.position(index), 1)])
        table = schema.change
        rows = connection.execute(
            select(table).where(table.c.number.in_([past.number for past in segment.history]))
        )
        told = {row.number: row for row in rows}
        return tuple(_entry(past, told[past.number]) for past in segment.history)

    return read(ledger, body)


def _entry(past: Past, told: Any) -> Entry:
    return Entry(
        at=told.at,
        actor=told.actor,
        cause=Cause(past.cause),
        note=told.note,
        state=State(past.state),
        successor=successor_of(past),
    )


class _Selected(PublicValue, frozen=True, kw_only=True):
    """All that a selection finds, also what is issued until the change holds."""

    selection: Selection
    successor: Successor | None

    def planned(self, planner: Planner, *, after: int, upto: int | None) -> Plan:
        found = selected(planner.connection, self.selection, after=after, upto=upto)
        return planner.ranges(found, self.successor)


class _Named(Value, frozen=True, kw_only=True):
    """Credentials that are named one by one, and the lines that name none."""

    _shown = ("bad",)

    asks: list[Ask]
    bad: tuple[Refusal, ...] = ()

    def planned(self, planner: Planner, *, after: int, upto: int | None) -> Plan:  # noqa: ARG002
        if after:
            return Plan()
        plan = planner.named(self.asks)
        for refusal in self.bad:
            plan.refuse(refusal.line, refusal.problem)
        plan.refusals.sort(key=lambda refusal: refusal.line)
        return plan


_Work: TypeAlias = _Selected | _Named


class _Overtaken(Exception):  # noqa: N818 - never leaves this module
    """Another change touched the same credentials while this one was planned."""


def _apply(ledger: Ledger, work: _Work, order: Order, *, partial: bool, dry_run: bool) -> Outcome:
    checked(order)
    token = secrets.token_bytes(_TOKEN_BYTES)
    while True:
        upto = _newest_allocation(ledger) if isinstance(work, _Selected) else 0
        plan, seen = read(ledger, partial_(_planned, ledger.issuer, order, work, upto))
        if dry_run or not plan.changed or (plan.refused and not partial):
            changed = plan.changed if dry_run else 0
            return _outcome(plan, None, changed=changed)
        apply = _Change(
            ledger=ledger, work=work, order=order, token=token, plan=plan, seen=seen, upto=upto
        )
        try:
            return apply.run()
        except _Overtaken:
            apply.undo()


def _planned(
    issuer: str, order: Order, work: _Work, upto: int, connection: Connection
) -> tuple[Plan, int]:
    """Return the plan, and the newest change that it knows of."""
    seen = connection.scalars(select(schema.about.c.change)).one()
    planner = Planner(connection=connection, issuer=issuer, cause=order.cause)
    return work.planned(planner, after=0, upto=upto), seen


def _newest_allocation(ledger: Ledger) -> int:
    """Return the newest allocation while none is half made: all older ones are seen from now on."""

    def body(connection: Connection) -> int:
        hold_off_issuing(connection)
        return connection.scalar(select(func.max(schema.allocation.c.id))) or 0

    return write(ledger, body)


class _Change(Value, frozen=True, kw_only=True):
    """One change on its way into the ledger.

    ``seen`` is the newest change that the plan knows of, ``upto`` the newest allocation.
    """

    _shown = ("ledger", "work", "order", "seen", "upto")

    ledger: Ledger
    work: _Work
    order: Order
    token: bytes
    plan: Plan
    seen: int
    upto: int

    def run(self) -> Outcome:
        if sum(map(len, self.plan.rows.values())) <= _FEW:
            return write(self.ledger, partial_(self.finish, None))
        staged = write(self.ledger, self.begin)
        pieces = self.plan.entries(staged)
        while piece := list(islice(pieces, _AT_ONCE)):
            write(self.ledger, partial_(_stage, piece))
            time.sleep(_PAUSE)  # so that those who wait get their turn
        return write(self.ledger, partial_(self.finish, staged))

    def begin(self, connection: Connection) -> int:
        """Return the id of the change, new and without a number: it counts for nothing yet."""
        table = schema.change
        values = {
            "token": self.token,
            "at": self.order.at,
            "actor": self.order.actor,
            "cause": self.order.cause.value,
            "note": self.order.note,
        }
        known = connection.scalar(select(table.c.id).where(table.c.token == self.token))
        if known is not None:
            return int(known)
        return int(connection.scalars(insert(table).values(values).returning(table.c.id)).one())

    def finish(self, staged: int | None, connection: Connection) -> Outcome:
        """Give the change its number, with what was issued since it was planned."""
        table = schema.change
        about = lock(connection)
        number = connection.scalar(select(table.c.number).where(table.c.token == self.token))
        if number is not None:  # the answer to the first commit was lost
            return _outcome(self.plan, number, changed=self.plan.changed)
        if about.change != self.seen and self.is_overtaken(connection):
            raise _Overtaken
        change = self.begin(connection) if staged is None else staged
        if staged is None:
            insert_many(connection, schema.entry, self.plan.entries(change))
        more = Plan()
        if isinstance(self.work, _Selected):
            hold_off_issuing(connection)
            planner = Planner(
                connection=connection, issuer=self.ledger.issuer, cause=self.order.cause
            )
            more = self.work.planned(planner, after=self.upto, upto=None)
            insert_many(connection, schema.entry, more.entries(change))
        number = about.change + 1
        connection.execute(update(schema.about).values(change=number))
        connection.execute(update(table).where(table.c.id == change).values(number=number))
        return _outcome(self.plan, number, changed=self.plan.changed + more.changed)

    def is_overtaken(self, connection: Connection) -> bool:
        """Decide whether a change since the plan touched what it is about."""
        return any(
            meet(ranges, since(connection, number, self.seen))
            for number, ranges in self.plan.touched().items()
        )

    def undo(self) -> None:
        """Take out what was written of a change that has no number."""
        table, entry = schema.change, schema.entry

        def body(connection: Connection) -> None:
            staged = connection.scalar(
                select(table.c.id).where(table.c.token == self.token, table.c.number.is_(None))
            )
            if staged is not None:
                connection.execute(delete(entry).where(entry.c.change == staged))
                connection.execute(delete(table).where(table.c.id == staged))

        write(self.ledger, body)


def _stage(rows: list[tuple[Any, ...]], connection: Connection) -> None:
    """Write a piece of a change, unless it is there: the answer to a commit may be lost."""
    table = schema.entry
    number, first, staged, *_ = rows[-1]
    known = select(table.c.first).where(
        table.c.list == number, table.c.first == first, table.c.change == staged
    )
    if connection.scalar(known) is None:
        insert_many(connection, table, rows)


def _outcome(plan: Plan, number: int | None, *, changed: int) -> Outcome:
    return Outcome(
        change=number,
        changed=changed,
        unchanged=plan.unchanged,
        refused=plan.refused,
        refusals=tuple(plan.refusals),
    )


def _meant(order: Order, state: State) -> Order:
    if RULES[order.cause].state is not state:
        fitting = ", ".join(cause.value for cause, rule in RULES.items() if rule.state is state)
        raise MalformedError(f"must be one of: {fitting}", where="cause")
    return order


def checked(order: Order) -> Order:
    """Return ``order`` if it is in bounds.

    Raises:
        MalformedError: it is not.
    """
    if not 0 < len(order.actor) <= CLAIM_CHARACTERS:
        raise MalformedError(f"must have 1 to {CLAIM_CHARACTERS} characters", where="actor")
    if len(order.note) > CLAIM_CHARACTERS:
        raise MalformedError(f"must have up to {CLAIM_CHARACTERS} characters", where="note")
    if not 0 <= order.at <= TIME_MAX:
        raise MalformedError("time outside the years 1970 to 9999", where="at")
    return order


def _named(credential: Wanted | tuple[int, int]) -> Wanted:
    if isinstance(credential, Wanted):
        return credential
    number, index = credential
    return Wanted(number=number, index=index)
