"""Moving a ledger to another place, as from SQLite to PostgreSQL, and proving that it arrived.

While it moves, nobody writes to the ledger. The new one is of no use until every row of it was
compared with the old one; then the old one is closed for good, and only after that the new one is
opened. So at no moment there are two that can issue or publish. Killed at any point, the same move
is simply started again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Table, Text, collate, select, text, update

from trustcert.errors import SyncError, TrustError
from trustcert.ledger import schema, storage
from trustcert.ledger.storage import Ledger, Place, insert_many
from trustcert.values import PublicValue

_ROWS: Final = 10_000
_UNFINISHED: Final = "the move to this place was not finished; start the same move again"


class Moved(PublicValue, frozen=True, kw_only=True):
    """What was moved: the rows of each table, and the SHA-256 of all of them."""

    rows: dict[str, int]
    digest: bytes


def move(source: Place, to: Place) -> Moved:
    """Move the ledger at ``source`` to the new place ``to``, and close the old one.

    Raises:
        SyncError: a place failed, or what arrived is not what was sent.
        TrustError: there is another ledger at ``to``, or the one at ``source`` was moved elsewhere.
    """
    with storage.open_ledger(source) as old, _destination(old, to) as new:
        moved = storage.write_moving(old, lambda connection: _moved(connection, new, to))
        storage.write_moving(new, lambda connection: _say(connection, ""))
    return moved


def _destination(old: Ledger, to: Place) -> Ledger:
    """Return the ledger to fill: a new one, or what an interrupted move left behind."""
    try:
        new = storage.create(to, issuer=old.issuer, list_size=old.list_size, lineage=old.lineage)
    except SyncError:
        new = storage.open_ledger(to)
        if new.lineage != old.lineage or storage.closed(new) != _UNFINISHED:
            new.close()
            raise TrustError("there is a ledger at the new place already") from None
        return new
    storage.write_moving(new, lambda connection: _say(connection, _UNFINISHED))
    return new


def _moved(connection: Connection, new: Ledger, to: Place) -> Moved:
    """Copy everything while the old ledger stands still; the old one's commit closes it."""
    place = f"it was moved to {storage.shown(to)}"
    if connection.scalars(select(schema.about.c.moved)).one() not in {"", place}:
        raise TrustError("the ledger was moved elsewhere")
    rows: dict[str, int] = {}
    tables = [table for table in schema.METADATA.sorted_tables if table is not schema.about]

    def fill(there: Connection) -> None:
        for table in reversed(tables):
            there.execute(table.delete())
        for table in tables:
            rows[table.name] = 0
            for part in _parts(connection, table):
                insert_many(there, table, part)
                rows[table.name] += len(part)
            _count_on(there, table)
        about = dict(connection.execute(select(schema.about)).mappings().one())
        there.execute(update(schema.about).values({**about, "moved": _UNFINISHED}))

    storage.write_moving(new, fill)
    sent = _digest(connection, tables)
    if sent != storage.read(new, lambda there: _digest(there, tables)):
        raise SyncError("what arrived is not what was sent; nothing was moved")
    _say(connection, place)
    return Moved(rows=rows, digest=sent)


def _say(connection: Connection, where: str) -> None:
    connection.execute(update(schema.about).values(moved=where))


def _parts(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all rows of ``table`` in the order of its key."""
    plain = "C" if connection.dialect.name == "postgresql" else "BINARY"
    order = (
        collate(column, plain) if isinstance(column.type, Text) else column
        for column in table.primary_key.columns
    )
    query = select(table).order_by(*order)
    for part in connection.execute(query).yield_per(_ROWS).partitions():
        yield [tuple(row) for row in part]


def _digest(connection: Connection, tables: list[Table]) -> bytes:
    """Return SHA-256 of all rows of ``tables``."""
    found = hashlib.sha256()
    for table in tables:
        found.update(table.name.encode())
        for part in _parts(connection, table):
            found.update(repr(part).encode())
    return found.digest()


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows behind those that were copied."""
    if connection.dialect.name == "postgresql" and "id" in table.columns:
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"  # noqa: S608
                f" (SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
            )
        )
