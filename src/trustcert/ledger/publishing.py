"""From the ledger to the registry: which targets to write, touching only what changed.

A list that changed gets its next version: a snapshot, a delta from the version before, and
roll-ups: deltas that reach back a day, a week and five weeks, so that whoever was last in touch
within that time needs one small file (:mod:`trustcert.status.delta` says why one fits all of
them). A roll-up that would be no smaller than the snapshot is left out; the delta from the version
before always stands, so the newest version can be told from the names. The deltas of the version
before are taken back. A new list gets its first snapshot, though nothing on it is revoked: without
it no verdict could be valid. A list whose period has ended is taken back whole, a week later.

An unchanged list is not written again: that it is still the newest is what the registry's
timestamp says.

Lists of :data:`TYPES_WITH_CAUSES` also say why: cancelled or withdrawn as a penalty, withheld or
under investigation. On all others the ledger keeps that to itself.

What is to be written is worked out while others go on writing; only the outcome is put down in
short transactions, each of which holds for one list whole. The ledger keeps what it wants written
until :func:`confirm`, so that a crash between the two loses nothing: the next :func:`publish` hands
it out again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, and_, case, delete, func, insert, or_, select, update

from trustcert.claims.types import TYPES
from trustcert.errors import MalformedError
from trustcert.ledger import schema
from trustcert.ledger.entries import Past, segments, since
from trustcert.ledger.permutation import Permutation, permutation
from trustcert.ledger.storage import Ledger, lock, parts, read, write
from trustcert.status import delta, paths, snapshot
from trustcert.status.causes import RULES, Cause, cause_of
from trustcert.status.delta import Delta
from trustcert.status.indices import from_indices
from trustcert.status.statuslist import State, StatusList, advanced, blank
from trustcert.values import PublicValue, Value

_DAY: Final = 86_400

ROLL_UPS: Final = (_DAY, 7 * _DAY, 35 * _DAY)
"""How far back the roll-ups reach, in seconds. Each is one more line in the registry's metadata,
which every verifier fetches: that is why there are three, not thirty."""

GRACE: Final = 7 * _DAY
"""How long a list stands behind the end of its period, in seconds."""

TYPES_WITH_CAUSES: Final = frozenset(
    kind.value for kind, details in TYPES.items() if details.tells_causes
)
"""Types whose lists say why a credential is no longer valid: what an office grants and takes away,
whose end means something different to whoever relies on it. Why somebody's proof of health or of
identity was revoked is nobody's business at a gate, and theirs are the lists where a byte counts;
so a type tells nothing unless its entry says that it does."""


UNKNOWN: Final = "unknown"
UNKNOWN_WITH_CAUSES: Final = "unknown, with causes"
"""Types of lists that only the registry knew (:mod:`trustcert.ledger.recovery`). Their periods are
unknown too, so they are never dropped."""

_REMEMBERED: Final = 4_096
"""Histories of which what is to be said of them is not worked out again."""

_FEW: Final = 64
"""Indices that a delta may name, however few the list does."""


class Publication(Value, frozen=True, kw_only=True):
    """What the registry has to change: targets to write, by path, and paths to take back.

    A path that is taken back leaves the metadata; its file may well stay for an hour, for those
    who hold the metadata of before.
    """

    _shown = ("remove",)

    write: Mapping[str, bytes]
    remove: tuple[str, ...]


def publish(ledger: Ledger, *, at: int, roll_ups: Sequence[int] = ROLL_UPS) -> Publication:
    """Return what is to be written at ``at`` (Unix seconds), and whatever was not yet confirmed.

    Raises:
        MalformedError: ``at`` is before a list's last publication.
        SyncError: the ledger failed.
        TrustError: the ledger was moved elsewhere.
    """
    write(ledger, partial(_close_expired, at))
    newest, numbers = read(ledger, _waiting)
    for number in numbers:
        while True:
            new = read(ledger, partial(_next_version, ledger, number, at, roll_ups))
            if new is None or write(ledger, partial(_put, ledger.issuer, new)):
                break

    def done(connection: Connection) -> Publication:
        if lock(connection).published < newest:
            connection.execute(update(schema.about).values(published=newest))
        return _unconfirmed(connection)

    return write(ledger, done)


def confirm(ledger: Ledger, publication: Publication) -> None:
    """Note that the registry has done what ``publication`` says.

    Raises:
        SyncError: the ledger failed.
    """
    target = schema.target

    def body(connection: Connection) -> None:
        for path, content in publication.write.items():
            connection.execute(
                update(target)
                .where(target.c.path == path, target.c.content == content)
                .values(placed=True)
            )
        for part in parts(publication.remove):
            connection.execute(
                delete(target).where(target.c.path.in_(part), target.c.content.is_(None))
            )

    write(ledger, body)


def current(ledger: Ledger) -> dict[str, bytes]:
    """Return every target that stands, by path: what an empty registry would need.

    Raises:
        SyncError: the ledger failed.
    """
    target = schema.target
    query = (
        select(target.c.path, target.c.content)
        .where(target.c.content.is_not(None))
        .order_by(target.c.path)
    )
    return read(
        ledger, lambda connection: {row.path: row.content for row in connection.execute(query)}
    )


class _Standing(NamedTuple):
    """What a list says of one index: state, who keeps the successor, why."""

    state: State
    successor: str | None
    cause: Cause | None


class _Sets(NamedTuple):
    """Indices by what a list says of them, ascending."""

    states: dict[State, list[int]]
    moved: dict[str, list[int]]
    causes: dict[Cause, list[int]]


_Touched = tuple[list[tuple[int, int]], dict[_Standing, list[int]] | None]
"""Ranges of positions, and what is to be said of which of their indices."""


class _Version(Value, frozen=True, kw_only=True):
    """The next version of a list: what is to be put down of it.

    ``forget`` is the version below which none is remembered.
    """

    _shown = ("number", "version", "as_of", "change", "forget")

    number: int
    version: int
    as_of: int
    change: int
    forget: int
    files: Mapping[str, bytes]


def _waiting(connection: Connection) -> tuple[int, list[int]]:
    """Return the newest change, and the lists that have changed or were never published."""
    about, lists = schema.about, schema.status_list
    entry, changes, version = schema.entry, schema.change, schema.version
    newest, published = connection.execute(select(about.c.change, about.c.published)).one()
    touched = (
        select(entry.c.list)
        .join(changes, changes.c.id == entry.c.change)
        .where(changes.c.number > published)
    )
    new = ~select(version.c.list).where(version.c.list == lists.c.number).exists()
    numbers = connection.scalars(
        select(lists.c.number)
        .where(lists.c.closed_at.is_(None), or_(lists.c.number.in_(touched), new))
        .order_by(lists.c.number)
    )
    return newest, list(numbers)


def _next_version(
    ledger: Ledger, number: int, at: int, roll_ups: Sequence[int], connection: Connection
) -> _Version | None:
    """Return the next version of a list; None where it would say the same."""
    lists = schema.status_list
    row = connection.execute(select(lists).where(lists.c.number == number)).one()
    return _Publisher(
        connection=connection,
        issuer=ledger.issuer,
        lineage=ledger.lineage,
        number=number,
        order=permutation(row.secret, row.size),
        tells=row.type in TYPES_WITH_CAUSES or row.type == UNKNOWN_WITH_CAUSES,
        at=at,
    ).run(roll_ups)


class _Publisher(PublicValue, frozen=True, kw_only=True):
    """One list in one publication; ``tells`` says whether it names causes."""

    connection: Connection
    issuer: str
    lineage: bytes
    number: int
    order: Permutation
    tells: bool
    at: int

    def run(self, roll_ups: Sequence[int]) -> _Version | None:
        version = schema.version
        last = self.connection.execute(
            select(version.c.version, version.c.as_of, version.c.change)
            .where(version.c.list == self.number)
            .order_by(version.c.version.desc())
            .limit(1)
        ).one_or_none()
        number, as_of, done = last or (0, 0, 0)
        newest = self.connection.scalars(select(schema.about.c.change)).one()
        if number and newest <= done:
            return None
        if self.at < as_of:
            raise MalformedError("before the last publication", where="at")
        held = self.held(number)
        touched = since(self.connection, self.number, done)
        fresh = self.standing(touched)
        if number and not any(_differs(held, said, at) for said, at in fresh.items()):
            return None
        states, moved, causes = self.sorted_out(fresh)
        new = advanced(
            held, version=number + 1, as_of=self.at, states=states, moved=moved, causes=causes
        )
        bases = self.bases(roll_ups)
        return _Version(
            number=self.number,
            version=new.version,
            as_of=self.at,
            change=newest,
            forget=min(bases, default=0),
            files=self.files(new, bases, {number: (touched, fresh)}),
        )

    def bases(self, roll_ups: Iterable[int]) -> dict[int, int]:
        """Return the versions where deltas begin, newest first, each with its last change.

        They are the last version, and for each roll-up the newest one as old as it reaches back,
        or the first.
        """
        version = schema.version
        found: dict[int, int] = {}
        for span in sorted((0, *roll_ups)):
            later = version.c.as_of > self.at - span
            row = self.connection.execute(
                select(version.c.version, version.c.change)
                .where(version.c.list == self.number)
                .order_by(
                    case((later, 1), else_=0),
                    case((later, version.c.version), else_=-version.c.version),
                )
                .limit(1)
            ).one_or_none()
            if row is not None:
                found[row.version] = row.change
        return found

    def held(self, version: int) -> StatusList:
        """Return the list as it was published last, under this ledger's lineage."""
        if not version:
            return blank(
                issuer=self.issuer,
                number=self.number,
                size=self.order.size,
                as_of=self.at,
                lineage=self.lineage,
            )
        path = paths.snapshot(self.issuer, self.number)
        content = self.connection.scalars(
            select(schema.target.c.content).where(schema.target.c.path == path)
        ).one()
        held = snapshot.decode(content, issuer=self.issuer, number=self.number)
        return replace(held, lineage=self.lineage)

    def standing(self, ranges: Iterable[tuple[int, int]]) -> dict[_Standing, list[int]]:
        """Return what is to be said of the positions of ``ranges``, with the indices of which.

        The whole history decides why: the last entry may be the end of another measure.
        """
        said_of = lru_cache(_REMEMBERED)(self.said)
        found: dict[_Standing, list[int]] = {}
        for first, count, history in segments(self.connection, self.number, ranges):
            found.setdefault(said_of(history), []).extend(range(first, first + count))
        return {said: self.order.indices(places) for said, places in found.items()}

    def said(self, history: tuple[Past, ...]) -> _Standing:
        """Return what is to be said of a credential with this history."""
        state, successor = State(history[-1].state), history[-1].successor_issuer
        keeper = successor or self.issuer if state is State.SUPERSEDED else None
        cause = None
        if self.tells:
            cause = cause_of(state, [Cause(past.cause) for past in history])
            if cause is not None and RULES[cause].wire is None:
                cause = None
        return _Standing(state, keeper, cause)

    def sorted_out(self, standing: Mapping[_Standing, Sequence[int]]) -> _Sets:
        """Return the indices by state, by another issuer that keeps the successor, by cause."""
        found = _Sets({}, {}, {})
        for (state, issuer, cause), indices in standing.items():
            found.states.setdefault(state, []).extend(indices)
            if issuer is not None and issuer != self.issuer:
                found.moved.setdefault(issuer, []).extend(indices)
            if cause is not None:
                found.causes.setdefault(cause, []).extend(indices)
        for sets in found:
            for indices in sets.values():
                indices.sort()
        return found

    def files(
        self, new: StatusList, bases: Mapping[int, int], known: Mapping[int, _Touched]
    ) -> dict[str, bytes]:
        """Return the targets of ``new``: its snapshot, and the deltas that lead to it.

        ``known`` has what was touched since a version, where that was worked out already.
        """
        content = snapshot.encode(new)
        written = {paths.snapshot(self.issuer, self.number): content}
        members = sum(map(len, new.states.values()))
        for base, change in bases.items():
            is_step = base == new.version - 1
            ranges, standing = known.get(base) or (
                since(self.connection, self.number, change),
                None,
            )
            if not is_step and sum(count for _, count in ranges) > 2 * members + _FEW:
                continue  # it would have to name more than the list does
            told = self.standing(ranges) if standing is None else standing
            encoded = delta.encode(self.delta(new, base, told, delta.digest_of(content)))
            if is_step or len(encoded) < len(content):
                written[paths.delta(self.issuer, self.number, base, new.version)] = encoded
        return written

    def delta(
        self, new: StatusList, base: int, touched: Mapping[_Standing, list[int]], digest: bytes
    ) -> Delta:
        """Return the delta to ``new`` from version ``base``, since when ``touched`` changed."""
        told: dict[_Standing, list[int]] = defaultdict(list)
        for said, indices in touched.items():
            if not self.tells:
                told[said] = indices
                continue
            # a list need not say why of what it took in before its type told causes
            for index in indices:
                told[said._replace(cause=new.cause(index))].append(index)
        states, moved, causes = self.sorted_out(told)
        size = self.order.size
        return Delta(
            issuer=self.issuer,
            number=self.number,
            base=base,
            version=new.version,
            as_of=new.as_of,
            states={s: from_indices(i, size=size) for s, i in states.items()},
            moved={to: from_indices(i, size=size) for to, i in moved.items()},
            causes={cause: from_indices(i, size=size) for cause, i in causes.items()},
            digest=digest,
        )


def _differs(held: StatusList, said: _Standing, indices: Iterable[int]) -> bool:
    """Return whether ``held`` says something else of one of ``indices``."""
    return any(
        said != (held.state(index), held.successor(index), held.cause(index)) for index in indices
    )


def _put(issuer: str, new: _Version, connection: Connection) -> bool:
    """Put down a version of a list; return False where another process was faster."""
    lock(connection)
    version, target = schema.version, schema.target
    last = connection.scalar(
        select(func.max(version.c.version)).where(version.c.list == new.number)
    )
    if (last or 0) != new.version - 1:
        return False
    content = new.files[paths.snapshot(issuer, new.number)]
    connection.execute(
        insert(version).values(
            list=new.number,
            version=new.version,
            as_of=new.as_of,
            change=new.change,
            digest=hashlib.sha256(content).digest(),
        )
    )
    connection.execute(
        delete(version).where(version.c.list == new.number, version.c.version < new.forget)
    )
    connection.execute(
        update(target).where(target.c.list == new.number).values(content=None, placed=False)
    )
    connection.execute(delete(target).where(target.c.path.in_(list(new.files))))
    connection.execute(
        insert(target),
        [{"path": path, "list": new.number, "content": data} for path, data in new.files.items()],
    )
    return True


def _unconfirmed(connection: Connection) -> Publication:
    target = schema.target
    rows = connection.execute(
        select(target.c.path, target.c.content)
        .where(target.c.placed.is_(False))
        .order_by(target.c.path)
    ).all()
    return Publication(
        write={path: content for path, content in rows if content is not None},
        remove=tuple(path for path, content in rows if content is None),
    )


def _close_expired(at: int, connection: Connection) -> None:
    lock(connection)
    lists, target = schema.status_list, schema.target
    connection.execute(
        update(lists)
        .where(lists.c.closed_at.is_(None), lists.c.ends <= at - GRACE)
        .values(closed_at=at)
    )
    closed = select(lists.c.number).where(lists.c.closed_at.is_not(None))
    connection.execute(
        update(target)
        .where(and_(target.c.content.is_not(None), target.c.list.in_(closed)))
        .values(content=None, placed=False)
    )
