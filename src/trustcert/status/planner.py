"""How a verifier gets from the list it holds to the newest one, for the fewest bytes.

Every delta fits a range of versions (:mod:`trustcert.status.delta`), so there may be several ways:
one roll-up, a chain of steps, or the snapshot. :func:`plan` weighs them by their sizes as the
registry's metadata gives them; :func:`follow` goes the way. What comes out is encoded to the very
bytes of the newest snapshot, so it can be held, and checked against the metadata, like a download.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from trustcert.errors import MalformedError, RollbackError, TrustError
from trustcert.status import delta, paths, snapshot
from trustcert.status.statuslist import StatusList, check_lineage

REQUEST_BYTES: Final = 1_000
"""What one more request counts for: its headers both ways, and the wait for it."""


class _Way(NamedTuple):
    cost: int
    files: tuple[str, ...]


def plan(
    issuer: str, number: int, *, held: int | None, offered: Mapping[str, int]
) -> tuple[str, ...]:
    """Return which targets lead to the newest version of a list, in the order of use.

    ``held`` is the version that is held, None for none; ``offered`` has the registry's targets
    with their sizes in bytes, those of other lists among them. It is asked when what is held is
    not what the registry lists; where no chain of deltas leads on, the answer is the snapshot.

    Raises:
        TrustError: nothing that is offered leads to this list.
    """
    whole = paths.snapshot(issuer, number)
    steps = sorted(_deltas(issuer, number, offered))
    ways: dict[int, _Way] = {} if held is None else {held: _Way(0, ())}
    for to, base, path in steps:
        before = [way for version, way in ways.items() if base <= version < to]
        if before:
            cheapest = min(before)
            way = _Way(cheapest.cost + offered[path] + REQUEST_BYTES, (*cheapest.files, path))
            ways[to] = min(way, ways.get(to, way))
    arrived = ways.get(steps[-1][0]) if steps else None
    if arrived is None or not arrived.files:
        if whole not in offered:
            raise TrustError(f"the registry has no status list {number} of {issuer}")
        return (whole,)
    if whole in offered and offered[whole] + REQUEST_BYTES <= arrived.cost:
        return (whole,)
    return arrived.files


def follow(
    issuer: str, number: int, *, held: StatusList | None, files: Iterable[tuple[str, bytes]]
) -> StatusList:
    """Return the list to which ``files`` (path and content, as planned) lead from ``held``.

    ``held`` stays as it is, whatever happens.

    Raises:
        MalformedError: a file is no snapshot or delta.
        RollbackError: it would lead back.
        TrustError: it is another list's, or does not fit.
    """
    current = held
    for path, content in files:
        if paths.parse(path).is_snapshot:
            current = snapshot.decode(content, issuer=issuer, number=number)
            if held is not None and (current.version, current.as_of) < (held.version, held.as_of):
                raise RollbackError(f"version {current.version} for version {held.version}")
            if held is not None:
                check_lineage(issuer, held.lineage, current.lineage)
        elif current is None:
            raise TrustError("a delta needs a list to start from")
        else:
            read = delta.decode(content, issuer=issuer, number=number, size=current.size)
            current = delta.apply(current, read)
    if current is None:
        raise TrustError("no file leads to the list")
    return current


def _deltas(issuer: str, number: int, offered: Iterable[str]) -> Iterable[tuple[int, int, str]]:
    for path in offered:
        try:
            target = paths.parse(path)
        except MalformedError:
            continue
        ours = (target.issuer, target.number) == (issuer, number)
        if ours and target.base is not None and target.to is not None:
            yield target.to, target.base, path
