"""Giving out indices: each credential gets a list and a random index of its own.

Which list is meant :mod:`trustcert.ledger.partition` says; each issuing server has lists of its
own, so that servers do not wait for one another. A full list is followed by the next one.

There are two ways to take indices. :func:`allocate_many` gives out exactly as many as are asked
for. A :func:`lease` is a block taken ahead, for a run that does not know yet which of its rows can
be signed: it belongs to its *owner*, a text that the run makes of itself, and whoever asks for the
same owner gets the same block again, after a crash too. :mod:`trustcert.ledger.journal` notes
which of its indices were used; the others go back and are given out next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, text, update

from trustcert.errors import MalformedError, TrustError
from trustcert.ledger import schema
from trustcert.ledger.partition import Issuance, checked, period
from trustcert.ledger.permutation import Permutation, permutation
from trustcert.ledger.storage import Ledger, lock, write
from trustcert.limits import CLAIM_CHARACTERS, STATUS_LIST_ID
from trustcert.values import PublicValue

_SECRET_BYTES: Final = 32

MANY: Final = 10_000_000
"""Indices of one call."""


class Block(NamedTuple):
    """``length`` neighbouring positions of list ``number``, from ``first`` on."""

    number: int
    first: int
    length: int


class Lease(PublicValue, frozen=True, kw_only=True):
    """Indices that ``owner`` may use: list and index of each, in the order to use them in."""

    owner: str
    places: tuple[tuple[int, int], ...]


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
        TrustError: the ledger was moved, or its list numbers are used up.
    """
    _check(issuance, count)

    def body(connection: Connection) -> list[tuple[int, int]]:
        taken = _taken(ledger, connection, issuance, count)
        enter(ledger, connection, issuance, taken)
        return _places(connection, taken)

    return write(ledger, body)


def lease(ledger: Ledger, issuance: Issuance, count: int, *, owner: str) -> Lease:
    """Return ``count`` indices for the ``owner``, or those of its lease that are not used yet.

    Of ``issuance`` only what decides on the list counts (type, issue, expiry); an owner may hold
    one lease for each list that its rows belong on. The lease stands until
    :func:`trustcert.ledger.journal.record` closes it. Two processes with the same owner get the
    same indices: the owner must say what is issued, so that both would issue the same.

    Raises:
        MalformedError: a count, text or time out of bounds.
        SyncError: the ledger failed.
        TrustError: the ledger was moved, or its list numbers are used up.
    """
    _check(issuance, count)
    if not 0 < len(owner) <= CLAIM_CHARACTERS:
        raise MalformedError(f"must have 1 to {CLAIM_CHARACTERS} characters", where="owner")
    name, _ = period(issuance.expires, issuance.issued_at)
    held, lists = schema.lease, schema.status_list
    find = (
        select(held.c.list, held.c.first, held.c.count)
        .join(lists, lists.c.number == held.c.list)
        .where(held.c.owner == owner, lists.c.type == issuance.type, lists.c.period == name)
        .order_by(held.c.id)
    )

    def body(connection: Connection) -> Lease:
        blocks = [Block(*row) for row in connection.execute(find)]
        if blocks:
            blocks = unused(connection, blocks)
        else:
            blocks = _taken(ledger, connection, issuance, count)
            connection.execute(
                insert(held),
                [{"owner": owner, "list": n, "first": f, "count": c} for n, f, c in blocks],
            )
        return Lease(owner=owner, places=tuple(_places(connection, blocks)))

    return write(ledger, body)


def prepare(ledger: Ledger, issuance: Issuance, *, room: int = 1) -> tuple[int, ...]:
    """Return the lists on which the next ``room`` such credentials would get an index.

    They are opened where they are not yet. Done ahead of a new period and then published, it lets
    verifiers that are offline know a list before the first credential on it.

    Raises:
        MalformedError: as :func:`allocate_many`.
        SyncError: the ledger failed.
        TrustError: the ledger was moved, or its list numbers are used up.
    """
    _check(issuance, room, "room")

    def body(connection: Connection) -> tuple[int, ...]:
        found: list[int] = []
        left = room
        while left > 0:
            row = _open_list(ledger, connection, issuance, found[-1] if found else 0)
            left -= row.size - row.given
            found.append(row.number)
        return tuple(found)

    return write(ledger, body)


def enter(
    ledger: Ledger,
    connection: Connection,
    issuance: Issuance,
    blocks: Iterable[tuple[int, int, int]],
) -> None:
    """Note that ``blocks`` (list, first position, count) were issued as ``issuance`` says."""
    table = schema.allocation
    by = _origin(ledger, connection, issuance)
    rows = [
        {"list": number, "first": first, "count": count, "issued_at": issuance.issued_at}
        for number, first, count in blocks
    ]
    connection.execute(insert(table).values(origin=by), rows)
    issued = schema.origin.c.issued
    connection.execute(
        update(schema.origin)
        .where(schema.origin.c.id == by)
        .values(issued=issued + sum(row["count"] for row in rows))
    )


def ranges(positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield ascending ``positions`` as ranges: first and count of each."""
    for _, run in groupby(enumerate(positions), key=lambda pair: pair[1] - pair[0]):
        members = [position for _, position in run]
        yield members[0], len(members)


def orders(connection: Connection, numbers: Iterable[int]) -> dict[int, Permutation]:
    """Return the orders of the lists ``numbers``; one that is not there is left out."""
    lists = schema.status_list
    rows = connection.execute(
        select(lists.c.number, lists.c.secret, lists.c.size).where(
            lists.c.number.in_(sorted(set(numbers)))
        )
    )
    return {number: permutation(secret, size) for number, secret, size in rows}


def held_by(connection: Connection, owner: str) -> list[Block]:
    """Return the blocks that ``owner`` leased, locked until the transaction ends."""
    table = schema.lease
    rows = connection.execute(
        select(table.c.list, table.c.first, table.c.count)
        .where(table.c.owner == owner)
        .order_by(table.c.id)
        .with_for_update()
    )
    return [Block(*row) for row in rows]


def unused(connection: Connection, blocks: Iterable[Block]) -> list[Block]:
    """Return the parts of leased ``blocks`` that nothing was issued with."""
    table = schema.allocation
    found: list[Block] = []
    for number, first, length in blocks:
        before = (  # what was issued may begin before the block and reach into it
            select(func.max(table.c.first))
            .where(table.c.list == number, table.c.first <= first)
            .scalar_subquery()
        )
        rows = connection.execute(
            select(table.c.first, table.c.count)
            .where(
                table.c.list == number,
                table.c.first >= func.coalesce(before, first),
                table.c.first < first + length,
            )
            .order_by(table.c.first)
        )
        at = first
        for used, many in (*rows, (first + length, 0)):
            if at < used:
                found.append(Block(number, at, used - at))
            at = max(at, used + many)
    return found


def _taken(ledger: Ledger, connection: Connection, issuance: Issuance, count: int) -> list[Block]:
    """Take ``count`` positions: those that came back first, then the next of the open lists."""
    blocks = _reused(ledger, connection, issuance, count)
    left = count - sum(block.length for block in blocks)
    lists = schema.status_list
    while left > 0:
        row = _open_list(ledger, connection, issuance)
        take = min(left, row.size - row.given)
        connection.execute(
            update(lists).where(lists.c.number == row.number).values(given=lists.c.given + take)
        )
        blocks.append(Block(row.number, row.given, take))
        left -= take
    return blocks


def _reused(ledger: Ledger, connection: Connection, issuance: Issuance, count: int) -> list[Block]:
    name, _ = period(issuance.expires, issuance.issued_at)
    free, lists = schema.free, schema.status_list
    rows = connection.execute(
        select(free)
        .join(lists, lists.c.number == free.c.list)
        .where(*_in_use(ledger, issuance.type, name))
        .order_by(free.c.list, free.c.first)
        .limit(count)
        .with_for_update(of=free)
    ).all()
    blocks: list[Block] = []
    left = count
    for number, first, there in rows:
        if not left:
            break
        take = min(left, there)
        blocks.append(Block(number, first, take))
        left -= take
        connection.execute(delete(free).where(free.c.list == number, free.c.first == first))
        if take < there:
            rest = {"list": number, "first": first + take, "count": there - take}
            connection.execute(insert(free), [rest])
    return blocks


def _in_use(ledger: Ledger, type_: str, period_: str) -> tuple[Any, ...]:
    """Return the conditions on lists that this server gives out indices of."""
    lists = schema.status_list
    return (
        lists.c.type == type_,
        lists.c.period == period_,
        lists.c.server == ledger.server,
        lists.c.closed_at.is_(None),
        lists.c.sealed.is_(False),
    )


def _open_list(ledger: Ledger, connection: Connection, issuance: Issuance, above: int = 0) -> Any:
    """Return the partition's next list with room, locked, opening one if needed.

    ``above`` is the number that it must be over.
    """
    name, ends = period(issuance.expires, issuance.issued_at)
    lists = schema.status_list
    find = (
        select(lists)
        .where(
            *_in_use(ledger, issuance.type, name),
            lists.c.given < lists.c.size,
            lists.c.number > above,
        )
        .order_by(lists.c.number)
        .limit(1)
        .with_for_update()
    )
    row = connection.execute(find).one_or_none()
    if row is not None:
        return row
    about = lock(connection)
    row = connection.execute(find).one_or_none()  # somebody may have opened it meanwhile
    if row is not None:
        return row
    newest = connection.scalar(select(func.max(lists.c.number))) or 0
    number = max(newest + 1, about.first_number)
    if number > STATUS_LIST_ID:
        raise TrustError("the issuer's list numbers are used up")
    connection.execute(
        insert(lists).values(
            number=number,
            type=issuance.type,
            period=name,
            server=ledger.server,
            ends=ends,
            size=ledger.list_size,
            secret=ledger.random(_SECRET_BYTES),
            given=0,
            opened_at=issuance.issued_at,
        )
    )
    return connection.execute(find).one()


def _origin(ledger: Ledger, connection: Connection, issuance: Issuance) -> int:
    """Return the number of what these credentials have in common, a new one where needed."""
    table = schema.origin
    given = {
        "batch": issuance.batch or "",
        "kid": issuance.kid or b"",
        "site": issuance.site or "",
        "server": ledger.server,
    }
    find = select(table.c.id).filter_by(**given)
    found = connection.scalar(find)
    if found is None:
        connection.execute(
            text(
                "INSERT INTO origin (batch, kid, site, server, issued)"
                " VALUES (:batch, :kid, :site, :server, 0) ON CONFLICT DO NOTHING"
            ),
            given,
        )
        found = connection.scalars(find).one()
    return int(found)


def _places(connection: Connection, blocks: Sequence[Block]) -> list[tuple[int, int]]:
    by_list = orders(connection, map(itemgetter(0), blocks))
    return [
        (number, index)
        for number, first, count in blocks
        for index in by_list[number].indices(range(first, first + count))
    ]


def _check(issuance: Issuance, count: int, name: str = "count") -> None:
    checked(issuance)
    if not 1 <= count <= MANY:
        raise MalformedError(f"must be 1 to {MANY}", where=name)
