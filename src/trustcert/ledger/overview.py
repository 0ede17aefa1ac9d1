"""What stands in a ledger: its lists, how full they are, what is published and what is waiting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, func, select

from trustcert.errors import MalformedError
from trustcert.ledger import schema
from trustcert.ledger.storage import Ledger, read
from trustcert.status import paths, snapshot
from trustcert.status.statuslist import StatusList
from trustcert.values import PublicValue


class ListFacts(PublicValue, frozen=True, kw_only=True):
    """One list of a ledger; times are Unix seconds.

    ``ends`` is the end of its period (None: it has none), ``given`` how many of its ``size``
    indices are given out, ``server`` by whom; of a ``sealed`` list nobody knows how many.
    ``version`` and ``as_of`` are those that were last published, None for
    a list that never was; ``waiting`` is how many entries were made since.
    """

    number: int
    type: str
    period: str
    server: str
    ends: int | None
    size: int
    given: int
    sealed: bool
    version: int | None
    as_of: int | None
    waiting: int


class OriginFacts(PublicValue, frozen=True, kw_only=True):
    """What was issued in one batch at one site under one key; times are Unix seconds."""

    batch: str | None
    site: str | None
    kid: bytes | None
    issued: int
    first_at: int
    last_at: int


def lists(ledger: Ledger) -> tuple[ListFacts, ...]:
    """Return the lists that are not closed, by number.

    Raises:
        SyncError: the ledger failed.
    """
    table, version = schema.status_list, schema.version
    entry, changes = schema.entry, schema.change
    every = version.alias()
    newest = (
        select(func.max(every.c.version))
        .where(every.c.list == table.c.number)
        .correlate(table)
        .scalar_subquery()
    )
    waiting = (
        select(func.coalesce(func.sum(entry.c.count), 0))
        .join(changes, changes.c.id == entry.c.change)
        .where(
            changes.c.number > func.coalesce(version.c.change, 0),
            entry.c.list == table.c.number,
        )
        .correlate(table, version)
        .scalar_subquery()
    )
    query = (
        select(
            *(table.c[name] for name in ("number", "type", "period", "server", "ends", "size")),
            *(table.c.given, table.c.sealed, version.c.version, version.c.as_of),
            waiting.label("waiting"),
        )
        .select_from(table)
        .outerjoin(version, and_(version.c.list == table.c.number, version.c.version == newest))
        .where(table.c.closed_at.is_(None))
        .order_by(table.c.number)
    )

    def body(connection: Connection) -> tuple[ListFacts, ...]:
        rows = connection.execute(query).mappings()
        return tuple(ListFacts(**{**row, "waiting": int(row["waiting"])}) for row in rows)

    return read(ledger, body)


def origins(ledger: Ledger) -> tuple[OriginFacts, ...]:
    """Return what was issued by batch, site and key, the newest first.

    Raises:
        SyncError: the ledger failed.
    """
    origin, allocation = schema.origin, schema.allocation

    def end(function: Any) -> Any:
        return (
            select(function(allocation.c.issued_at))
            .where(allocation.c.origin == origin.c.id)
            .scalar_subquery()
        )

    first, last = func.min(end(func.min)), func.max(end(func.max)).label("last")
    query = (
        select(origin.c.batch, origin.c.site, origin.c.kid, func.sum(origin.c.issued), first, last)
        .group_by(origin.c.batch, origin.c.site, origin.c.kid)
        .order_by(last.desc(), origin.c.batch, origin.c.site, origin.c.kid)
    )

    def body(connection: Connection) -> tuple[OriginFacts, ...]:
        return tuple(
            OriginFacts(
                batch=batch or None,
                site=site or None,
                kid=kid or None,
                issued=int(issued),
                first_at=first_at,
                last_at=last_at,
            )
            for batch, site, kid, issued, first_at, last_at in connection.execute(query)
        )

    return read(ledger, body)


def published(ledger: Ledger, number: int) -> StatusList:
    """Return list ``number`` as it was last published.

    Raises:
        MalformedError: it never was, or is dropped.
        SyncError: the ledger failed.
    """
    path = paths.snapshot(ledger.issuer, number)
    query = select(schema.target.c.content).where(schema.target.c.path == path)
    content = read(ledger, lambda connection: connection.scalar(query))
    if content is None:
        raise MalformedError(f"list {number} of {ledger.issuer} is not published")
    return snapshot.decode(content, issuer=ledger.issuer, number=number)
