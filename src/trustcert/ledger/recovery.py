"""A ledger against what its registry holds: one that forgets is caught, and mended.

A ledger that was restored from a backup has forgotten: it would take revocations back and give
indices out twice. Every version of a list has a digest, kept in the ledger; a delta leads from one
version to the next only by it. So :func:`check` knows a ledger that is behind its registry, or that
is another one than the registry's lists come from.

:func:`recover` mends it from the published lists. States are taken over from them; what was decided
in this ledger after they were published stays. Every index that may have been given out since the
backup is given out no more: all lists that there are get sealed, and new ones get numbers that no
lost list can have had. What only the lost ledger knew cannot come back: which credentials were
issued since the backup by whom, and decisions that were never published.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from trustcert.errors import RollbackError, TrustError
from trustcert.ledger import schema
from trustcert.ledger.changes import Order, checked
from trustcert.ledger.entries import Past, segments
from trustcert.ledger.permutation import permutation
from trustcert.ledger.publishing import UNKNOWN, UNKNOWN_WITH_CAUSES
from trustcert.ledger.storage import Ledger, insert_many, lock, parts, read, write
from trustcert.status import paths, snapshot
from trustcert.status.causes import REVERSIBLE, Cause, in_force
from trustcert.status.statuslist import State, StatusList
from trustcert.values import PublicValue

NUMBERS_SKIPPED: Final = 1_000
"""List numbers that the lost ledger may have opened and never published: twenty years of a list a
week."""

_SECRET_BYTES: Final = 32
_DEFAULT_CAUSES: Final = {
    State.INVALID: Cause.OTHER,
    State.SUSPENDED: Cause.WITHHELD,
    State.SUPERSEDED: Cause.CHANGED,
}


class Recovered(PublicValue, frozen=True, kw_only=True):
    """What :func:`recover` did.

    ``behind`` are the lists of which the registry knew more, ``adopted`` those that only it knew,
    ``sealed`` those that no index is given out of any more, ``first_number`` the number from which
    new lists are numbered, ``changed`` the credentials whose state was taken over.
    """

    behind: tuple[int, ...]
    adopted: tuple[int, ...]
    sealed: tuple[int, ...]
    first_number: int
    changed: int


def check(ledger: Ledger, held: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the paths that the registry has lost: current ones that ``held`` does not have so.

    ``held`` are the targets of the issuer's status role in its registry, by path. A registry that
    is older than the ledger has lost what came since; what the ledger has not published yet is no
    loss.

    Raises:
        RollbackError: the registry has a list, or a version of one, that the ledger does not know.
        TrustError: a list of the registry comes from another ledger.
    """
    lists = _lists(ledger.issuer, held)

    def body(connection: Connection) -> tuple[str, ...]:
        for number, (content, found) in lists.items():
            if found.lineage not in {None, ledger.lineage}:
                raise TrustError(
                    f"list {number} in the registry comes from another ledger of {ledger.issuer}:"
                    " publish from that one"
                )
            if (problem := _behind(connection, content, found)) is not None:
                raise RollbackError(problem)
        target = schema.target
        placed = connection.execute(
            select(target.c.path, target.c.content).where(
                target.c.placed.is_(True), target.c.content.is_not(None)
            )
        )
        return tuple(row.path for row in placed if held.get(row.path) != row.content)

    return read(ledger, body)


def contents(ledger: Ledger, wanted: Iterable[str]) -> dict[str, bytes]:
    """Return what stands at the paths ``wanted``.

    Raises:
        SyncError: the ledger failed.
    """
    target = schema.target

    def body(connection: Connection) -> dict[str, bytes]:
        return {
            row.path: row.content
            for part in parts(list(wanted))
            for row in connection.execute(
                select(target.c.path, target.c.content).where(
                    target.c.path.in_(part), target.c.content.is_not(None)
                )
            )
        }

    return read(ledger, body)


def recover(ledger: Ledger, held: Mapping[str, bytes], *, actor: str, at: int) -> Recovered:
    """Bring ``ledger`` up to the lists that its registry holds, and seal all lists.

    ``held`` as for :func:`check`. A ledger that has no list of its own yet takes over the lists of
    one that was lost whole.

    Raises:
        MalformedError: ``actor`` or ``at`` is out of bounds.
        SyncError: the ledger failed.
        TrustError: the lists come from another ledger, and this one has lists of its own.
    """
    order = checked(Order(cause=Cause.OTHER, actor=actor, at=at))
    lists = _lists(ledger.issuer, held)
    return write(ledger, partial(_recovered, ledger, held, lists, order))


_Lists = Mapping[int, tuple[bytes, StatusList]]


def _lists(issuer: str, held: Mapping[str, bytes]) -> dict[int, tuple[bytes, StatusList]]:
    """Return the snapshots in ``held`` and the lists that they encode, by number."""
    found: dict[int, tuple[bytes, StatusList]] = {}
    for path, content in held.items():
        target = paths.parse(path)
        if target.issuer == issuer and target.is_snapshot:
            decoded = snapshot.decode(content, issuer=issuer, number=target.number)
            found[target.number] = content, decoded
    return found


def _behind(connection: Connection, content: bytes, found: StatusList) -> str | None:
    """Return in what the ledger is behind this list of the registry, None where in nothing."""
    table, lists = schema.version, schema.status_list
    if connection.scalar(select(lists.c.number).where(lists.c.number == found.number)) is None:
        return f"the registry has list {found.number}, which this ledger does not know"
    known = {
        row.version: row.digest
        for row in connection.execute(
            select(table.c.version, table.c.digest).where(table.c.list == found.number)
        )
    }
    newest = max(known, default=0)
    if found.version > newest:
        return (
            f"the registry has version {found.version} of list {found.number}, this ledger has"
            f" published {f'up to version {newest}' if newest else 'none'}"
        )
    if found.version < min(known):
        return (
            f"the registry has version {found.version} of list {found.number}, older than any"
            " that this ledger remembers"
        )
    if known.get(found.version) != hashlib.sha256(content).digest():
        return f"the registry has another version {found.version} of list {found.number}"
    return None


def _recovered(
    ledger: Ledger, held: Mapping[str, bytes], lists: _Lists, order: Order, connection: Connection
) -> Recovered:
    lock(connection)
    _check_lineage(ledger, lists, connection)
    table = schema.status_list
    own = set(connection.scalars(select(table.c.number)))
    book = _Book(ledger, connection, order)
    behind = [
        number
        for number, (content, found) in lists.items()
        if _behind(connection, content, found) is not None
    ]
    for number in behind:
        content, found = lists[number]
        if number not in own:
            _adopt(ledger, found, order.at, connection)
        book.take_over(found)
        _stand(ledger.issuer, held, content, found, connection)
    changed = book.enter()
    sealed = list(
        connection.scalars(
            update(table)
            .where(table.c.sealed.is_(False), table.c.closed_at.is_(None))
            .values(sealed=True)
            .returning(table.c.number)
        )
    )
    connection.execute(delete(schema.lease))
    connection.execute(delete(schema.free))
    newest = connection.scalar(select(func.max(table.c.number))) or 0
    first = newest + 1 + NUMBERS_SKIPPED
    connection.execute(update(schema.about).values(first_number=first))
    return Recovered(
        behind=tuple(sorted(set(behind) & own)),
        adopted=tuple(sorted(set(behind) - own)),
        sealed=tuple(sorted(sealed)),
        first_number=first,
        changed=changed,
    )


def _check_lineage(ledger: Ledger, lists: _Lists, connection: Connection) -> None:
    """Let a ledger without lists take over the name of the one that was lost."""
    named = {found.lineage for _, found in lists.values()} - {None, ledger.lineage}
    if not named:
        return
    if len(named) > 1 or connection.scalar(select(schema.status_list.c.number).limit(1)):
        raise TrustError(
            "the lists in the registry come from another ledger, and this one has lists of its own"
        )
    connection.execute(update(schema.about).values(lineage=named.pop()))


def _adopt(ledger: Ledger, found: StatusList, at: int, connection: Connection) -> None:
    """Make a list of which only the registry knows: any of its indices may be in use."""
    connection.execute(
        insert(schema.status_list).values(
            number=found.number,
            type=UNKNOWN_WITH_CAUSES if found.causes else UNKNOWN,
            period="open",
            server=ledger.server,
            ends=None,
            size=found.size,
            secret=ledger.random(_SECRET_BYTES),
            given=found.size,
            sealed=True,
            opened_at=at,
        )
    )


def _stand(
    issuer: str,
    held: Mapping[str, bytes],
    content: bytes,
    found: StatusList,
    connection: Connection,
) -> None:
    """Put down what the registry holds of a list as what was published of it last."""
    version, target = schema.version, schema.target
    connection.execute(delete(version).where(version.c.list == found.number))
    connection.execute(delete(target).where(target.c.list == found.number))
    connection.execute(
        insert(version).values(
            list=found.number,
            version=found.version,
            as_of=found.as_of,
            change=0,  # whatever this ledger knows may differ
            digest=hashlib.sha256(content).digest(),
        )
    )
    ours = [path for path in held if paths.parse(path).number == found.number]
    connection.execute(
        insert(target),
        [
            {"path": path, "list": found.number, "content": held[path], "placed": True}
            for path in ours
            if paths.parse(path).issuer == issuer
        ],
    )


class _Known(NamedTuple):
    """A credential that the ledger knows something of."""

    position: int
    history: tuple[Past, ...]


class _Book:
    """What is to be entered, by cause: a change has one."""

    def __init__(self, ledger: Ledger, connection: Connection, order: Order) -> None:
        self.ledger = ledger
        self.connection = connection
        self.order = order
        self.rows: dict[Cause, list[tuple[Any, ...]]] = defaultdict(list)
        self.credentials: set[tuple[int, int]] = set()

    def take_over(self, found: StatusList) -> None:
        """Note what the ledger must enter to say what ``found`` says."""
        table = schema.status_list
        row = self.connection.execute(select(table).where(table.c.number == found.number)).one()
        order = permutation(row.secret, row.size)
        known = {
            order.index(position): _Known(position, segment.history)
            for segment in segments(self.connection, found.number, [(0, row.size)])
            if segment.history
            for position in range(segment.first, segment.first + segment.length)
        }
        told = {index: state for state, indices in found.states.items() for index in indices}
        for index in sorted(told.keys() | known.keys()):
            entry = known.get(index) or _Known(order.position(index), ())
            self._take_over(found, index, told.get(index, State.VALID), entry)

    def _take_over(self, found: StatusList, index: int, state: State, known: _Known) -> None:
        now = State(known.history[-1].state) if known.history else State.VALID
        keeper = found.successor(index)
        same_keeper = state is not State.SUPERSEDED or keeper == (
            (known.history and known.history[-1].successor_issuer) or self.ledger.issuer
        )
        if (now is state and same_keeper) or now is State.INVALID:
            return
        if known.history and self._decided_at(known.history[-1]) > found.as_of:
            return
        moved = keeper if keeper != self.ledger.issuer else None
        if state is State.VALID:
            standing = in_force(Cause(past.cause) for past in known.history)
            causes = [REVERSIBLE[cause] for cause in standing if cause in REVERSIBLE]
        elif moved:
            causes = [Cause.TRANSFERRED]
        else:
            causes = [found.cause(index) or _DEFAULT_CAUSES[state]]
        for cause in causes:
            row = (found.number, known.position, 0, 1, state.value, moved, None, None)
            self.rows[cause].append(row)
        self.credentials.add((found.number, index))

    def _decided_at(self, past: Past) -> int:
        table = schema.change
        at: int = self.connection.scalars(
            select(table.c.at).where(table.c.number == past.number)
        ).one()
        return at

    def enter(self) -> int:
        """Enter what was noted, a change for each cause; return how many credentials changed."""
        table, about = schema.change, schema.about
        for cause, rows in self.rows.items():
            number = self.connection.scalars(select(about.c.change)).one() + 1
            values = {
                "number": number,
                "token": self.ledger.random(16),
                "at": self.order.at,
                "actor": self.order.actor,
                "cause": cause.value,
                "note": "taken over from the registry by `status recover`",
            }
            change = self.connection.scalars(
                insert(table).values(values).returning(table.c.id)
            ).one()
            insert_many(
                self.connection, schema.entry, [(*row[:2], change, *row[3:]) for row in rows]
            )
            self.connection.execute(update(about).values(change=number))
        return len(self.credentials)
