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

The ledger keeps what it wants written until :func:`confirm`, so that a crash between the two
loses nothing: the next :func:`publish` hands it out again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from trustcert.claims.types import TYPES
from trustcert.encoding.instants import DAY
from trustcert.errors import MalformedError
from trustcert.status import delta, paths, snapshot
from trustcert.status.causes import RULES, Cause, cause_of
from trustcert.status.delta import Delta
from trustcert.status.indices import from_indices
from trustcert.status.ledger import Ledger, reading, writing
from trustcert.status.statuslist import State, StatusList, advanced, blank
from trustcert.values import PublicValue, Value

ROLL_UPS: Final = (DAY, 7 * DAY, 35 * DAY)
"""How far back the roll-ups reach, in seconds. Each is one more line in the registry's metadata,
which every verifier fetches: that is why there are three, not thirty."""

GRACE: Final = 7 * DAY
"""How long a list stands behind the end of its period, in seconds."""

TYPES_WITH_CAUSES: Final = frozenset(
    kind.value for kind, details in TYPES.items() if details.tells_causes
)
"""Types whose lists say why a credential is no longer valid: what an office grants and takes away,
whose end means something different to whoever relies on it. Why somebody's proof of health or of
identity was revoked is nobody's business at a gate, and theirs are the lists where a byte counts;
so a type tells nothing unless its entry says that it does."""


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
    """
    with writing(ledger) as connection:
        _close_expired(connection, at)
        numbers = connection.execute(
            "SELECT number, type, size FROM list WHERE closed_at IS NULL ORDER BY number"
        ).fetchall()
        for number, kind, size in numbers:
            _Publisher(
                connection=connection,
                issuer=ledger.issuer,
                number=number,
                kind=kind,
                size=size,
                at=at,
            ).run(roll_ups)
        rows = connection.execute(
            "SELECT path, content FROM target WHERE placed = 0 ORDER BY path"
        ).fetchall()
    return Publication(
        write={path: content for path, content in rows if content is not None},
        remove=tuple(path for path, content in rows if content is None),
    )


def confirm(ledger: Ledger, publication: Publication) -> None:
    """Note that the registry has done what ``publication`` says.

    Raises:
        SyncError: the ledger failed.
    """
    with writing(ledger) as connection:
        connection.executemany(
            "UPDATE target SET placed = 1 WHERE path = ? AND content = ?", publication.write.items()
        )
        connection.executemany(
            "DELETE FROM target WHERE path = ? AND content IS NULL",
            ((path,) for path in publication.remove),
        )


def current(ledger: Ledger) -> dict[str, bytes]:
    """Return every target that stands, by path: what an empty registry would need.

    Raises:
        SyncError: the ledger failed.
    """
    with reading(ledger) as connection:
        return dict(
            connection.execute(
                "SELECT path, content FROM target WHERE content IS NOT NULL ORDER BY path"
            ).fetchall()
        )


_SUPERSEDED: Final = State.SUPERSEDED.value


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


class _Publisher(PublicValue, frozen=True, kw_only=True):
    """One list in one publication."""

    connection: sqlite3.Connection
    issuer: str
    number: int
    kind: str
    size: int
    at: int

    def run(self, roll_ups: Sequence[int]) -> None:
        last = self.connection.execute(
            "SELECT version, as_of, change FROM version WHERE list = ?"
            " ORDER BY version DESC LIMIT 1",
            (self.number,),
        ).fetchone()
        version, as_of, done = last or (0, 0, 0)
        (newest,) = self.connection.execute(
            "SELECT COALESCE(MAX(change), 0) FROM entry WHERE list = ?", (self.number,)
        ).fetchone()
        if version and newest <= done:
            return
        if self.at < as_of:
            raise MalformedError("before the last publication", where="at")
        held = self.held(version)
        fresh = self.fresh(held, done)
        if version and not fresh:
            self.connection.execute(
                "UPDATE version SET change = ? WHERE list = ? AND version = ?",
                (newest, self.number, version),
            )
            return
        states, moved, causes = self.sorted_out(fresh)
        new = advanced(
            held, version=version + 1, as_of=self.at, states=states, moved=moved, causes=causes
        )
        self.replace(new, self.bases(roll_ups))
        self.connection.execute(
            "INSERT INTO version VALUES (?, ?, ?, ?)", (self.number, version + 1, self.at, newest)
        )

    def bases(self, roll_ups: Iterable[int]) -> dict[int, int]:
        """Return the versions where deltas begin, newest first, each with its last change.

        They are the last version, and for each roll-up the newest one as old as it reaches back,
        or the first. Older ones are forgotten.
        """
        found: dict[int, int] = {}
        for span in sorted((0, *roll_ups)):
            row = self.connection.execute(
                "SELECT version, change FROM version WHERE list = :list ORDER BY as_of > :till,"
                " CASE WHEN as_of > :till THEN version ELSE -version END LIMIT 1",
                {"list": self.number, "till": self.at - span},
            ).fetchone()
            if row is not None:
                found[row[0]] = row[1]
        self.connection.execute(
            "DELETE FROM version WHERE list = ? AND version < ?",
            (self.number, min(found, default=0)),
        )
        return found

    def held(self, version: int) -> StatusList:
        """Return the list as it was published last."""
        if not version:
            return blank(issuer=self.issuer, number=self.number, size=self.size, as_of=self.at)
        (content,) = self.connection.execute(
            "SELECT content FROM target WHERE path = ?",
            (paths.snapshot(self.issuer, self.number),),
        ).fetchone()
        return snapshot.decode(content, issuer=self.issuer, number=self.number)

    def fresh(self, held: StatusList, change: int) -> dict[int, _Standing]:
        """Return what ``held`` does not say yet of the indices changed after ``change``."""
        causes = self.causes(change) if self.kind in TYPES_WITH_CAUSES else {}
        found: dict[int, _Standing] = {}
        for index, (state, successor) in self.touched(change).items():
            now = _Standing(state, successor, causes.get(index))
            if now != (held.state(index), held.successor(index), held.cause(index)):
                found[index] = now
        return found

    def touched(self, change: int) -> dict[int, tuple[State, str | None]]:
        """Return state and issuer of the successor of every index changed after ``change``."""
        rows = self.connection.execute(
            "SELECT idx, state, successor_issuer FROM entry WHERE list = ? AND change > ?"
            " ORDER BY idx, change",
            (self.number, change),
        )
        return {
            index: (State(state), issuer or self.issuer if state == _SUPERSEDED else None)
            for index, state, issuer in rows
        }

    def causes(self, change: int) -> dict[int, Cause]:
        """Return why each index changed after ``change`` is in its state, where a list can tell.

        The whole history decides: the last entry may be the end of another measure.
        """
        rows = self.connection.execute(
            "SELECT idx, cause, state FROM entry JOIN change ON change.id = entry.change"
            " WHERE list = :list AND idx IN"
            " (SELECT idx FROM entry WHERE list = :list AND change > :change)"
            " ORDER BY idx, entry.change",
            {"list": self.number, "change": change},
        )
        found: dict[int, Cause] = {}
        for index, entries in groupby(rows, key=itemgetter(0)):
            history = [(Cause(cause), state) for _, cause, state in entries]
            cause = cause_of(State(history[-1][1]), [cause for cause, _ in history])
            if cause is not None and RULES[cause].wire is not None:
                found[index] = cause
        return found

    def sorted_out(self, touched: Mapping[int, _Standing]) -> _Sets:
        """Return the indices by state, by another issuer that keeps the successor, by cause."""
        found = _Sets({}, {}, {})
        for index, (state, issuer, cause) in touched.items():
            found.states.setdefault(state, []).append(index)
            if issuer is not None and issuer != self.issuer:
                found.moved.setdefault(issuer, []).append(index)
            if cause is not None:
                found.causes.setdefault(cause, []).append(index)
        return found

    def replace(self, new: StatusList, bases: Mapping[int, int]) -> None:
        """Put the targets of ``new`` in the place of those of the version before."""
        content = snapshot.encode(new)
        written = {paths.snapshot(self.issuer, self.number): content}
        for base, change in bases.items():
            encoded = delta.encode(self.delta(new, base, change, delta.digest_of(content)))
            if base == new.version - 1 or len(encoded) < len(content):
                written[paths.delta(self.issuer, self.number, base, new.version)] = encoded
        self.connection.execute(
            "UPDATE target SET content = NULL, placed = 0 WHERE list = ?", (self.number,)
        )
        self.connection.executemany(
            "INSERT OR REPLACE INTO target (path, list, content) VALUES (?, ?, ?)",
            ((path, self.number, data) for path, data in written.items()),
        )

    def delta(self, new: StatusList, base: int, change: int, digest: bytes) -> Delta:
        """Return the delta to ``new`` from the version that was published after ``change``."""
        touched = self.touched(change).items()
        states, moved, causes = self.sorted_out(
            {index: _Standing(*found, new.cause(index)) for index, found in touched}
        )
        return Delta(
            issuer=self.issuer,
            number=self.number,
            base=base,
            version=new.version,
            as_of=new.as_of,
            states={s: from_indices(i, size=self.size) for s, i in states.items()},
            moved={to: from_indices(i, size=self.size) for to, i in moved.items()},
            causes={cause: from_indices(i, size=self.size) for cause, i in causes.items()},
            digest=digest,
        )


def _close_expired(connection: sqlite3.Connection, at: int) -> None:
    connection.execute(
        "UPDATE list SET closed_at = ? WHERE closed_at IS NULL AND ends <= ?", (at, at - GRACE)
    )
    connection.execute(
        "UPDATE target SET content = NULL, placed = 0 WHERE content IS NOT NULL"
        " AND list IN (SELECT number FROM list WHERE closed_at IS NOT NULL)"
    )
