"""Giving out indices: each credential gets a list and a random index of its own.

Lists are partitioned by credential type and expiry period, so that a list can be dropped whole
once everything on it has expired. Periods are of the Chinese calendar day (UTC+08:00): a month for
credentials that live up to 100 days, a quarter up to two years, a year above, and one without end
for those that never expire. A full list is followed by the next one of its partition.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from msgspec.structs import asdict

from trustcert.encoding.instants import CHINA
from trustcert.errors import MalformedError, TrustError
from trustcert.limits import CLAIM_CHARACTERS, STATUS_LIST_ID, TIME_MAX
from trustcert.status.ledger import Ledger, reading, writing
from trustcert.status.permutation import Permutation, permutation
from trustcert.values import PublicValue

_DAY: Final = 86_400
_MONTHLY_DAYS: Final = 100
_QUARTERLY_DAYS: Final = 731
_SECRET_BYTES: Final = 32

MANY: Final = 10_000_000
"""Indices of one call of :func:`allocate_many`."""


class Issuance(PublicValue, frozen=True, kw_only=True):
    """What is issued, as far as its status is concerned; times are Unix seconds.

    The rest is remembered to find credentials again when a whole issuance turns out bad:
    ``batch`` is the issuer's label of an issuing run, ``site`` of the place that took part
    (a clinic's code), ``kid`` the key that signs. None of them names a person.
    """

    type: str
    issued_at: int
    expires: int | None
    batch: str | None = None
    site: str | None = None
    kid: bytes | None = None


class Selection(PublicValue, frozen=True, kw_only=True):
    """Which credentials are meant: all that is given must hold, and something must be given.

    ``issued_from`` is included, ``issued_until`` excluded.
    """

    batch: str | None = None
    kid: bytes | None = None
    site: str | None = None
    issued_from: int | None = None
    issued_until: int | None = None


def allocate(ledger: Ledger, issuance: Issuance) -> tuple[int, int]:
    """Return list and index for one credential; see :func:`allocate_many`, which is far faster."""
    return allocate_many(ledger, issuance, 1)[0]


def allocate_many(ledger: Ledger, issuance: Issuance, count: int) -> list[tuple[int, int]]:
    """Return list and index for each of ``count`` credentials.

    Nobody else ever gets one of them, in any process, also after a crash.

    Raises:
        MalformedError: a count, text or time out of bounds, or an expiry that is not after the
            issue.
        SyncError: the ledger failed.
    """
    _check(issuance)
    if not 1 <= count <= MANY:
        raise MalformedError(f"must be 1 to {MANY}", where="count")
    found: list[tuple[int, int]] = []
    with writing(ledger) as connection:
        while len(found) < count:
            number, order, given = _open_list(ledger, connection, issuance)
            take = min(count - len(found), order.size - given)
            connection.execute("UPDATE list SET given = given + ? WHERE number = ?", (take, number))
            connection.execute(
                "INSERT INTO allocation (list, first, count, issued_at, batch, kid, site)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(number, given, take, issuance.issued_at),
                    *(issuance.batch, issuance.kid, issuance.site),
                ),
            )
            found += [(number, index) for index in order.indices(given, take)]
    return found


def prepare(ledger: Ledger, issuance: Issuance, *, room: int = 1) -> tuple[int, ...]:
    """Return the lists on which the next ``room`` such credentials would get an index.

    They are opened where they are not yet. Done ahead of a new period and then published, it lets
    verifiers that are offline know a list before the first credential on it.

    Raises:
        MalformedError: as :func:`allocate_many`.
        SyncError: the ledger failed.
    """
    _check(issuance)
    if not 1 <= room <= MANY:
        raise MalformedError(f"must be 1 to {MANY}", where="room")
    found: list[int] = []
    with writing(ledger) as connection:
        while room > 0:
            above = found[-1] if found else 0
            number, order, given = _open_list(ledger, connection, issuance, above)
            room -= order.size - given
            found.append(number)
    return tuple(found)


def period(expires: int | None, at: int) -> tuple[str, int | None]:
    """Return the period of ``expires`` for a credential issued at ``at``, and the period's end.

    ``2026-03``, ``2026-Q1``, ``2026``, or ``open`` without an end; the end is the first second
    behind the period.
    """
    if expires is None:
        return "open", None
    day = datetime.fromtimestamp(min(expires, TIME_MAX - _DAY), CHINA)
    months = 12
    if expires - at <= _MONTHLY_DAYS * _DAY:
        months = 1
    elif expires - at <= _QUARTERLY_DAYS * _DAY:
        months = 3
    part = (day.month - 1) // months
    name = {1: f"{day.year}-{day.month:02}", 3: f"{day.year}-Q{part + 1}", 12: str(day.year)}
    year, month = divmod(day.year * 12 + (part + 1) * months, 12)
    if year > day.max.year:
        return name[months], TIME_MAX
    return name[months], int(datetime(year, month + 1, 1, tzinfo=CHINA).timestamp())


def select(ledger: Ledger, selection: Selection) -> Iterator[tuple[int, int]]:
    """Yield list and index of every selected credential, expired lists left out.

    Handed to a change (:mod:`trustcert.status.changes`), the search runs inside its transaction,
    so that nothing issued meanwhile slips by.

    Raises:
        MalformedError: nothing is given: that would be everything.
    """
    wanted = asdict(selection)
    if all(value is None for value in wanted.values()):
        raise MalformedError("a batch, key, site or time is needed")
    return _selected(ledger, wanted)


def _selected(ledger: Ledger, wanted: dict[str, Any]) -> Iterator[tuple[int, int]]:
    with reading(ledger) as connection:
        rows = connection.execute(
            "SELECT allocation.list, first, count, secret, size FROM allocation"
            " JOIN list ON list.number = allocation.list WHERE closed_at IS NULL"
            " AND (:batch IS NULL OR batch = :batch)"
            " AND (:kid IS NULL OR kid = :kid)"
            " AND (:site IS NULL OR site = :site)"
            " AND (:issued_from IS NULL OR issued_at >= :issued_from)"
            " AND (:issued_until IS NULL OR issued_at < :issued_until)"
            " ORDER BY allocation.id",
            wanted,
        ).fetchall()
    for number, first, count, secret, size in rows:
        order = permutation(secret, size)
        for index in order.indices(first, count):
            yield number, index


def _open_list(
    ledger: Ledger, connection: sqlite3.Connection, issuance: Issuance, above: int = 0
) -> tuple[int, Permutation, int]:
    """Return number, order and fill of the partition's next list with room, opening one if needed.

    ``above`` is the number that it must be over.
    """
    name, ends = period(issuance.expires, issuance.issued_at)
    row = connection.execute(
        "SELECT number, secret, size, given FROM list WHERE type = ? AND period = ?"
        " AND closed_at IS NULL AND given < size AND number > ? ORDER BY number LIMIT 1",
        (issuance.type, name, above),
    ).fetchone()
    if row is not None:
        number, secret, size, given = row
        return number, permutation(secret, size), given
    (number,) = connection.execute("SELECT 1 + COALESCE(MAX(number), 0) FROM list").fetchone()
    if number > STATUS_LIST_ID:
        raise TrustError("the issuer's list numbers are used up")
    secret = ledger.random(_SECRET_BYTES)
    connection.execute(
        "INSERT INTO list (number, type, period, ends, size, secret, opened_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, issuance.type, name, ends, ledger.list_size, secret, issuance.issued_at),
    )
    return number, permutation(secret, ledger.list_size), 0


def _check(issuance: Issuance) -> None:
    texts = {"type": issuance.type, "batch": issuance.batch, "site": issuance.site}
    for place, text in texts.items():
        if text is not None and not 0 < len(text) <= CLAIM_CHARACTERS:
            raise MalformedError(f"must have 1 to {CLAIM_CHARACTERS} characters", where=place)
    if not 0 <= issuance.issued_at <= TIME_MAX:
        raise MalformedError("time outside the years 1970 to 9999", where="issued_at")
    if issuance.expires is not None and not issuance.issued_at < issuance.expires <= TIME_MAX:
        raise MalformedError("must be after the issue", where="expires")
