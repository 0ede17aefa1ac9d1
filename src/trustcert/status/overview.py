"""What stands in a ledger: its lists, how full they are, what is published and what is waiting."""

from __future__ import annotations

from trustcert.errors import MalformedError
from trustcert.status import paths, snapshot
from trustcert.status.ledger import Ledger, reading
from trustcert.status.statuslist import StatusList
from trustcert.values import PublicValue


class ListFacts(PublicValue, frozen=True, kw_only=True):
    """One list of a ledger; times are Unix seconds.

    ``ends`` is the end of its period (None: it has none), ``given`` how many of its ``size``
    indices are given out. ``version`` and ``as_of`` are those that were last published, None for
    a list that never was; ``waiting`` is how many entries were made since.
    """

    number: int
    type: str
    period: str
    ends: int | None
    size: int
    given: int
    version: int | None
    as_of: int | None
    waiting: int


def lists(ledger: Ledger) -> tuple[ListFacts, ...]:
    """Return the lists that are not closed, by number.

    Raises:
        SyncError: the ledger failed.
    """
    with reading(ledger) as connection:
        rows = connection.execute(
            "SELECT number, type, period, ends, size, given, v.version, v.as_of,"
            " (SELECT COUNT(*) FROM entry WHERE list = number AND change > COALESCE(v.change, 0))"
            " FROM list LEFT JOIN version AS v ON v.list = number AND v.version ="
            " (SELECT MAX(version) FROM version WHERE list = number)"
            " WHERE closed_at IS NULL ORDER BY number"
        ).fetchall()
    names = ("number", "type", "period", "ends", "size", "given", "version", "as_of", "waiting")
    return tuple(ListFacts(**dict(zip(names, row, strict=True))) for row in rows)


def published(ledger: Ledger, number: int) -> StatusList:
    """Return list ``number`` as it was last published.

    Raises:
        MalformedError: it never was, or is dropped.
        SyncError: the ledger failed.
    """
    with reading(ledger) as connection:
        row = connection.execute(
            "SELECT content FROM target WHERE path = ? AND content IS NOT NULL",
            (paths.snapshot(ledger.issuer, number),),
        ).fetchone()
    if row is None:
        raise MalformedError(f"list {number} of {ledger.issuer} is not published")
    return snapshot.decode(row[0], issuer=ledger.issuer, number=number)
