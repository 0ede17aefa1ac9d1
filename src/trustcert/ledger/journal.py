"""What became of each row of an issuing run: the journal.

A run is named by its *batch*. A row is named by a digest that the run makes of all that is to be
issued for it, so that the same row of the same batch is found again and not issued twice, after a
crash too::

    done = journal.find(ledger, batch, digests)          # these are issued already
    held = allocation.lease(ledger, issuance, len(rest), owner=…)
    …sign and draw each of the rest, with the places of the lease in order…
    journal.record(ledger, batch, issued, kid=…, owner=…)
    …only now hand out what was signed…

:func:`record` is one transaction: the rows enter the journal, their indices count as issued (so
that they can be revoked by batch, key, site and time), and what is left of the owner's leases goes
back. Killed before it, the run finds its lease again under the same owner and gives the same rows
the same indices; killed after it, it finds the rows. The batch names no person, and the digest must
not let anybody guess one: make it with a secret, or of what is secret already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from trustcert.errors import MalformedError, TrustError
from trustcert.ledger import schema
from trustcert.ledger.allocation import enter, held_by, orders, ranges, unused
from trustcert.ledger.entries import changed_positions
from trustcert.ledger.partition import Issuance
from trustcert.ledger.storage import Ledger, parts, read, write
from trustcert.limits import CLAIM_CHARACTERS, TIME_MAX
from trustcert.values import PublicValue

DIGEST_BYTES: Final = 64
"""Longest digest of a row."""

OUTPUT_CHARACTERS: Final = 1_000
"""Longest name of an output."""


class Issued(PublicValue, frozen=True, kw_only=True):
    """A row that was issued: its digest, list and index, times (Unix seconds), site and output.

    ``output`` is the run's own remark of what it made of the row: the name of a picture or page.
    """

    digest: bytes
    number: int
    index: int
    issued_at: int
    expires: int | None
    site: str | None = None
    output: str = ""


def find(ledger: Ledger, batch: str, digests: Iterable[bytes]) -> dict[bytes, Issued]:
    """Return the rows of ``batch`` that are issued already, by digest, without their sites.

    Of a row that was issued again the newest.

    Raises:
        SyncError: the ledger failed.
    """
    wanted = list(digests)
    return read(ledger, lambda connection: _found(connection, batch, wanted))


def record(  # noqa: PLR0913 - what a run says of its rows
    ledger: Ledger,
    batch: str,
    issued: Sequence[Issued],
    *,
    kid: bytes | None,
    owner: str,
    again: bool = False,
    close: bool = True,
) -> None:
    """Note that rows of ``batch`` were signed by key ``kid`` with indices that ``owner`` leased.

    Unless told that rows are issued ``again``, a row that is in the journal with another index is
    refused, and so is everything that comes with it. Recording the same once more changes nothing.
    ``close`` ends the owner's leases; what was not used goes back.

    Raises:
        MalformedError: a row is issued already, or out of bounds; ``where`` is its place.
        SyncError: the ledger failed.
        TrustError: an index is not of the owner's leases.
    """
    _check(batch, issued)

    def body(connection: Connection) -> None:
        fresh = _fresh(connection, batch, issued, again=again)
        if fresh:
            _enter(ledger, connection, batch, [row for row, _ in fresh], kid, owner)
            connection.execute(
                insert(schema.journal),
                [
                    {
                        "batch": batch,
                        "digest": row.digest,
                        "copy": copy,
                        "list": row.number,
                        "idx": row.index,
                        "issued_at": row.issued_at,
                        "expires": row.expires,
                        "output": row.output,
                    }
                    for row, copy in fresh
                ],
            )
        if close:
            _close(connection, owner)

    write(ledger, body)


def close_lease(ledger: Ledger, owner: str) -> None:
    """End the leases of ``owner``: the indices that were not recorded go back.

    Only for a run that has handed out nothing but what it recorded.

    Raises:
        SyncError: the ledger failed.
    """
    write(ledger, lambda connection: _close(connection, owner))


def open_leases(ledger: Ledger) -> dict[str, int]:
    """Return the owners of open leases, and how many indices each holds, used ones included.

    Raises:
        SyncError: the ledger failed.
    """
    table = schema.lease
    query = (
        select(table.c.owner, func.sum(table.c.count))
        .group_by(table.c.owner)
        .order_by(table.c.owner)
    )
    return read(
        ledger,
        lambda connection: {owner: int(count) for owner, count in connection.execute(query)},
    )


def _found(connection: Connection, batch: str, digests: Sequence[bytes]) -> dict[bytes, Issued]:
    table = schema.journal
    found: dict[bytes, Issued] = {}
    for part in parts(digests):
        rows = connection.execute(
            select(table)
            .where(table.c.batch == batch, table.c.digest.in_(part))
            .order_by(table.c.copy)
        )
        for row in rows:
            found[row.digest] = Issued(
                digest=row.digest,
                number=row.list,
                index=row.idx,
                issued_at=row.issued_at,
                expires=row.expires,
                output=row.output,
            )
    return found


def _fresh(
    connection: Connection, batch: str, issued: Sequence[Issued], *, again: bool
) -> list[tuple[Issued, int]]:
    """Return the rows that are not in the journal as they are, with how often each was issued."""
    table = schema.journal
    known: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for part in parts([row.digest for row in issued]):
        rows = connection.execute(
            select(table.c.digest, table.c.list, table.c.idx).where(
                table.c.batch == batch, table.c.digest.in_(part)
            )
        )
        for digest, number, index in rows:
            known[digest].append((number, index))
    fresh: list[tuple[Issued, int]] = []
    for place, row in enumerate(issued):
        copies = known[row.digest]
        if (row.number, row.index) in copies:
            continue
        if copies and not again:
            raise MalformedError("is issued already under this batch", where=f"[{place}]")
        fresh.append((row, len(copies)))
        copies.append((row.number, row.index))
    return fresh


def _enter(  # noqa: PLR0913, PLR0917 - as record
    ledger: Ledger,
    connection: Connection,
    batch: str,
    issued: Sequence[Issued],
    kid: bytes | None,
    owner: str,
) -> None:
    """Note the places as issued; each must be in a lease of ``owner`` and not be used yet."""
    by_list = orders(connection, (row.number for row in issued))
    open_: dict[int, set[int]] = defaultdict(set)
    for number, first, count in unused(connection, held_by(connection, owner)):
        open_[number].update(range(first, first + count))
    groups: dict[tuple[int, str | None], dict[int, list[int]]] = {}
    for row in issued:
        order = by_list.get(row.number)
        position = order.position(row.index) if order and 0 <= row.index < order.size else -1
        if position not in open_[row.number]:
            raise TrustError(f"index {row.number}:{row.index} is not of this lease, or used")
        open_[row.number].remove(position)
        group = groups.setdefault((row.issued_at, row.site), {})
        group.setdefault(row.number, []).append(position)
    for (at, site), positions in groups.items():
        same = Issuance(type="", issued_at=at, expires=None, batch=batch, site=site, kid=kid)
        blocks = [(n, *block) for n, many in positions.items() for block in ranges(sorted(many))]
        enter(ledger, connection, same, blocks)


def _close(connection: Connection, owner: str) -> None:
    blocks = held_by(connection, owner)
    connection.execute(delete(schema.lease).where(schema.lease.c.owner == owner))
    for number, first, count in unused(connection, blocks):
        burned = changed_positions(connection, number, first, count)
        left = (at for at in range(first, first + count) if at not in burned)
        free = [{"list": number, "first": f, "count": c} for f, c in ranges(left)]
        if free:
            connection.execute(insert(schema.free), free)


def _check(batch: str, issued: Sequence[Issued]) -> None:
    if not 0 < len(batch) <= CLAIM_CHARACTERS:
        raise MalformedError(f"must have 1 to {CLAIM_CHARACTERS} characters", where="batch")
    for place, row in enumerate(issued):
        if not 0 < len(row.digest) <= DIGEST_BYTES:
            raise MalformedError(f"must have 1 to {DIGEST_BYTES} bytes", where=f"[{place}].digest")
        if len(row.output) > OUTPUT_CHARACTERS:
            raise MalformedError(
                f"must have up to {OUTPUT_CHARACTERS} characters", where=f"[{place}].output"
            )
        if row.site is not None and not 0 < len(row.site) <= CLAIM_CHARACTERS:
            raise MalformedError(
                f"must have 1 to {CLAIM_CHARACTERS} characters", where=f"[{place}].site"
            )
        if not 0 <= row.issued_at <= TIME_MAX:
            raise MalformedError(
                "time outside the years 1970 to 9999", where=f"[{place}].issued_at"
            )
