"""A whole status list on the wire.

Deterministic CBOR (RFC 8949 section 4.2.1), a map with integer keys::

    1  issuer    text
    2  list      integer from 0
    3  version   integer from 1
    4  size      integer from 1: how many indices there are
    5  as_of     Unix seconds
    6  states    {code: set}: for each state but 0 (valid) that occurs
    7  moved     {issuer: set}: superseded credentials whose successor another issuer keeps;
                 absent where there are none

A set is a byte string, gap/run Rice coded (:mod:`trustcert.encoding.rice`). Sets are not empty; no
index has two states or two successors. So a list has exactly one encoding, whose digest a delta
can name. A snapshot is a target of its issuer's status role and carries no signature of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from trustcert.encoding import cbor, fields, rice
from trustcert.errors import LimitExceededError, MalformedError, TrustError, inside
from trustcert.limits import STATUS_LIST_BYTES, STATUS_LIST_ID, STATUS_LIST_SIZE, TIME_MAX
from trustcert.status.indices import IndexSet, from_runs, runs_of
from trustcert.status.paths import VERSION_MAX, checked_issuer
from trustcert.status.statuslist import State, StatusList

K = TypeVar("K")

ISSUER: Final = 1
LIST: Final = 2
VERSION: Final = 3
SIZE: Final = 4
AS_OF: Final = 5
STATES: Final = 6
MOVED: Final = 7

_MOVED_TO: Final = 64
"""Issuers that one list's successors may be with: 34 provinces and room."""


def encode(status_list: StatusList) -> bytes:
    """Return the one encoding of the list."""
    item: dict[int, Any] = {
        ISSUER: status_list.issuer,
        LIST: status_list.number,
        VERSION: status_list.version,
        SIZE: status_list.size,
        AS_OF: status_list.as_of,
        STATES: {s.value: rice.encode(runs_of(i)) for s, i in status_list.states.items()},
    }
    if status_list.moved:
        item[MOVED] = {to: rice.encode(runs_of(i)) for to, i in status_list.moved.items()}
    return cbor.encode(item)


def digest(status_list: StatusList) -> bytes:
    """Return SHA-256 of the list's encoding: what the registry's metadata says of its target."""
    return hashlib.sha256(encode(status_list)).digest()


def decode(data: bytes, *, issuer: str, number: int) -> StatusList:
    """Return the list that ``data`` encodes, which must be list ``number`` of ``issuer``.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not the one encoding of a list; ``where`` names the field.
        TrustError: another issuer's list, or another list.
    """
    item = opened(data)
    fields.only(item, {ISSUER, LIST, VERSION, SIZE, AS_OF, STATES, MOVED})
    check_name(item, issuer=issuer, number=number)
    size = whole(item, SIZE, 1, STATUS_LIST_SIZE, "size")
    with inside("states"):
        states = sets(fields.typed(item.get(STATES), dict), _states(), size=size)
    moved: dict[str, IndexSet] = {}
    if MOVED in item:
        with inside("moved"):
            others = other_issuers(item[MOVED], issuer)
            moved = sets(item[MOVED], others, size=size)
            check_inside(moved, states.get(State.SUPERSEDED))
    return StatusList(
        issuer=issuer,
        number=number,
        version=whole(item, VERSION, 1, VERSION_MAX, "version"),
        size=size,
        as_of=whole(item, AS_OF, 0, TIME_MAX, "as_of"),
        states=states,
        moved=moved,
    )


def opened(data: bytes) -> dict[Any, Any]:
    """Return the map that ``data`` encodes deterministically.

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.STATUS_LIST_BYTES`.
        MalformedError: not deterministic CBOR, or no map.
    """
    if len(data) > STATUS_LIST_BYTES:
        raise LimitExceededError(f"status list of over {STATUS_LIST_BYTES} bytes")
    return fields.typed(cbor.decode_deterministic(data), dict)


def check_name(item: Mapping[Any, Any], *, issuer: str, number: int) -> None:
    """Refuse a list or delta that is not of list ``number`` of ``issuer``.

    Raises:
        MalformedError: a name is missing or of another kind.
        TrustError: it is another one.
    """
    with inside("issuer"):
        named = checked_issuer(fields.typed(item.get(ISSUER), str))
    if named != issuer:
        raise TrustError(f"status list of {named} where one of {issuer} belongs")
    if (found := whole(item, LIST, 0, STATUS_LIST_ID, "list")) != number:
        raise TrustError(f"status list {found} of {issuer} where list {number} belongs")


def whole(item: Mapping[Any, Any], key: int, least: int, most: int, name: str) -> int:
    """Return the integer ``key`` of ``item``, from ``least`` to ``most``.

    Raises:
        MalformedError: it is missing, no integer or outside; ``where`` is ``name``.
    """
    value = item.get(key)
    if type(value) is not int or not least <= value <= most:
        raise MalformedError(f"must be an integer from {least} to {most}", where=name)
    return value


def sets(item: Mapping[Any, Any], known: Mapping[Any, K], *, size: int) -> dict[K, IndexSet]:
    """Return the sets of ``item`` by what ``known`` calls their keys.

    Raises:
        MalformedError: an unknown key, not a set, an empty one, or two that share an index.
    """
    found: dict[K, IndexSet] = {}
    fields.only(item, known)
    room = size
    for key in item:
        with inside(str(key)):
            runs = rice.decode(fields.required(item, key, bytes), size=size)
            room -= runs.members
            if not runs.members:
                raise MalformedError("an empty set is left out")
            if room < 0:
                raise MalformedError("more indices than the list has")
            indices = from_runs(runs, size=size)
            if any(shared(indices, other) for other in found.values()):
                raise MalformedError("an index stands in two sets")
            found[known[key]] = indices
    return found


def other_issuers(item: Any, issuer: str) -> dict[str, str]:
    """Return the issuers that are keys of ``item``, each by itself.

    Raises:
        MalformedError: no map of other issuers, empty, or of too many.
    """
    others = fields.typed(item, dict)
    if not 0 < len(others) <= _MOVED_TO or issuer in others:
        raise MalformedError(f"must name 1 to {_MOVED_TO} other issuers")
    return {key: checked_issuer(fields.typed(key, str)) for key in others}


def check_inside(moved: Mapping[str, IndexSet], superseded: IndexSet | None) -> None:
    """Refuse a successor of what is not superseded.

    Raises:
        MalformedError: there is one.
    """
    for indices in moved.values():
        if superseded is None or not all(map(superseded.has, indices)):
            raise MalformedError("a successor of what is not superseded")


def shared(one: IndexSet, other: IndexSet) -> bool:
    """Return whether two sets have an index in common."""
    few, many = (one, other) if len(one) < len(other) else (other, one)
    return any(map(many.has, few))


def _states() -> dict[int, State]:
    return {state.value: state for state in State if state is not State.VALID}
