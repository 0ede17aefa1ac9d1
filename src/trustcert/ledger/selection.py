"""Finding credentials by what they have in common: the run, the key, the place, the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Select, func
from sqlalchemy import select as select_rows

from trustcert.errors import MalformedError
from trustcert.ledger import schema
from trustcert.ledger.allocation import orders
from trustcert.ledger.entries import positions
from trustcert.ledger.storage import Ledger, read
from trustcert.values import PublicValue

_FETCHED: Final = 10_000


class Selection(PublicValue, frozen=True, kw_only=True):
    """Which credentials are meant: all that is given must hold, and something must be given.

    ``issued_from`` is included, ``issued_until`` excluded. Expired lists are left out.
    """

    batch: str | None = None
    kid: bytes | None = None
    site: str | None = None
    issued_from: int | None = None
    issued_until: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is given: that would be everything."""
        return self == Selection()


def select(ledger: Ledger, selection: Selection) -> Iterator[tuple[int, int]]:
    """Yield list and index of every selected credential.

    Raises:
        MalformedError: nothing is given.
        SyncError: the ledger failed.
    """
    _check(selection)
    return _selected(ledger, selection)


def count(ledger: Ledger, selection: Selection) -> int:
    """Return how many credentials are selected.

    Raises:
        MalformedError: nothing is given.
        SyncError: the ledger failed.
    """
    _check(selection)
    query = _matching(selection, func.sum(schema.allocation.c.count))
    return int(read(ledger, lambda connection: connection.scalar(query)) or 0)


def selected(
    connection: Connection, selection: Selection, *, after: int = 0, upto: int | None = None
) -> dict[int, list[tuple[int, int]]]:
    """Return the selected positions by list, as ascending ranges (first, count).

    Only what was noted behind allocation ``after``, up to allocation ``upto``.

    Raises:
        MalformedError: nothing is given.
    """
    _check(selection)
    table = schema.allocation
    query = _matching(selection, table.c.list, table.c.first, table.c.count)
    query = query.where(table.c.id > after).order_by(table.c.list, table.c.first)
    if upto is not None:
        query = query.where(table.c.id <= upto)
    found: dict[int, list[tuple[int, int]]] = {}
    for number, first, many in connection.execute(query).yield_per(_FETCHED):
        ranges = found.setdefault(number, [])
        if ranges and sum(ranges[-1]) == first:
            ranges[-1] = ranges[-1][0], ranges[-1][1] + many
        else:
            ranges.append((first, many))
    return found


def _selected(ledger: Ledger, selection: Selection) -> Iterator[tuple[int, int]]:
    def body(connection: Connection) -> Any:
        found = selected(connection, selection)
        return found, orders(connection, found)

    found, by_list = read(ledger, body)
    for number, ranges in found.items():
        for index in by_list[number].indices(positions(ranges)):
            yield number, index


def _matching(selection: Selection, *columns: Any) -> Select[Any]:
    """Return the query for these columns of the selected allocations."""
    table, lists, origin = schema.allocation, schema.status_list, schema.origin
    query = (
        select_rows(*columns)
        .join(lists, lists.c.number == table.c.list)
        .where(lists.c.closed_at.is_(None))
    )
    given = {"batch": selection.batch, "kid": selection.kid, "site": selection.site}
    named = {name: value for name, value in given.items() if value is not None}
    if named:
        query = query.where(table.c.origin.in_(select_rows(origin.c.id).filter_by(**named)))
    if selection.issued_from is not None:
        query = query.where(table.c.issued_at >= selection.issued_from)
    if selection.issued_until is not None:
        query = query.where(table.c.issued_at < selection.issued_until)
    return query


def _check(selection: Selection) -> None:
    if selection.is_empty:
        raise MalformedError("a batch, key, site or time is needed")
