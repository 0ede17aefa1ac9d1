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
    10 causes    {cause: set}: why credentials are in their state, by the numbers of
                 :data:`~trustcert.status.causes.ON_THE_WIRE`; absent where nothing is told
    11 lineage   16 bytes: the random name of the ledger that the list comes from; absent where it
                 is not told

A set is a byte string, gap/run Rice coded (:mod:`trustcert.encoding.rice`). Sets are not empty; no
index has two states, successors or causes. So a list has exactly one encoding, whose digest a delta
can name. A snapshot is a target of its issuer's status role and carries no signature of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from trustcert.encoding import cbor, fields, rice
from trustcert.errors import LimitExceededError, MalformedError, TrustError, inside
from trustcert.limits import (
    STATUS_LIST_BYTES,
    STATUS_LIST_ID,
    STATUS_LIST_RUNS,
    STATUS_LIST_SIZE,
    TIME_MAX,
)
from trustcert.status.causes import ON_THE_WIRE, RULES, Cause
from trustcert.status.indices import IndexSet, disjoint, from_runs, runs_of, within
from trustcert.status.paths import VERSION_MAX, checked_issuer
from trustcert.status.statuslist import State, StatusList

__all__ = [
    "AS_OF",
    "CAUSES",
    "ISSUER",
    "LIST",
    "MOVED",
    "SIZE",
    "STATES",
    "VERSION",
    "K",
    "causes_in",
    "check_inside",
    "check_name",
    "decode",
    "digest",
    "encode",
    "encoded_sets",
    "moved_in",
    "opened",
    "sets",
    "whole",
]

K = TypeVar("K")

ISSUER: Final = 1
LIST: Final = 2
VERSION: Final = 3
SIZE: Final = 4
AS_OF: Final = 5
STATES: Final = 6
MOVED: Final = 7
CAUSES: Final = 10
LINEAGE: Final = 11

LINEAGE_BYTES: Final = 16
"""Size of the random name of a ledger."""

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
        **encoded_sets(status_list.states, status_list.moved, status_list.causes),
    }
    if status_list.lineage is not None:
        item[LINEAGE] = status_list.lineage
    return cbor.encode(item)


def encoded_sets(
    states: Mapping[State, IndexSet],
    moved: Mapping[str, IndexSet],
    causes: Mapping[Cause, IndexSet],
) -> dict[int, dict[Any, bytes]]:
    """Return the fields that hold the sets of a list or a delta; empty ones are left out.

    Raises:
        LimitExceededError: one field has over :data:`~trustcert.limits.STATUS_LIST_RUNS` runs.
    """
    found = {STATES: _encoded({state.value: indices for state, indices in states.items()})}
    if moved:
        found[MOVED] = _encoded(moved)
    if causes:
        found[CAUSES] = _encoded({cause.rule.wire: indices for cause, indices in causes.items()})
    return found


def _encoded(sets: Mapping[Any, IndexSet]) -> dict[Any, bytes]:
    runs = {key: runs_of(indices) for key, indices in sets.items()}
    if sum(len(found.starts) for found in runs.values()) > STATUS_LIST_RUNS:
        problem = f"over {STATUS_LIST_RUNS} runs on one status list: use lists of a smaller size"
        raise LimitExceededError(problem)
    return {key: rice.encode(found) for key, found in runs.items()}


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
    fields.only(item, {ISSUER, LIST, VERSION, SIZE, AS_OF, STATES, MOVED, CAUSES, LINEAGE})
    check_name(item, issuer=issuer, number=number)
    size = whole(item, SIZE, 1, STATUS_LIST_SIZE, "size")
    with inside("states"):
        states = sets(fields.typed(item.get(STATES), dict), _states(), size=size)
    return StatusList(
        issuer=issuer,
        number=number,
        version=whole(item, VERSION, 1, VERSION_MAX, "version"),
        size=size,
        as_of=whole(item, AS_OF, 0, TIME_MAX, "as_of"),
        states=states,
        moved=moved_in(item, states, issuer=issuer, size=size),
        causes=causes_in(item, states, size=size),
        lineage=_lineage_in(item),
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
        LimitExceededError: over :data:`~trustcert.limits.STATUS_LIST_RUNS` runs in all of them.
        MalformedError: an unknown key, not a set, an empty one, or two that share an index.
    """
    found: dict[K, IndexSet] = {}
    fields.only(item, known)
    room, left = size, STATUS_LIST_RUNS
    for key, value in item.items():
        with inside(str(key)):
            runs = rice.decode(fields.typed(value, bytes), size=size, most=left)
            room -= runs.members
            left -= len(runs.starts)
            if not runs.members:
                raise MalformedError("an empty set is left out")
            if room < 0:
                raise MalformedError("more indices than the list has")
            indices = from_runs(runs, size=size)
            if not all(disjoint(indices, other) for other in found.values()):
                raise MalformedError("an index stands in two sets")
            found[known[key]] = indices
    return found


def moved_in(
    item: Mapping[Any, Any], states: Mapping[State, IndexSet], *, issuer: str, size: int
) -> dict[str, IndexSet]:
    """Return which superseded credentials have their successor at which other issuer.

    Raises:
        MalformedError: the field is there, but no map of other issuers to sets, empty, of too
            many, or with what is not superseded.
    """
    if MOVED not in item:
        return {}
    with inside("moved"):
        others = fields.typed(item[MOVED], dict)
        if not 0 < len(others) <= _MOVED_TO or issuer in others:
            raise MalformedError(f"must name 1 to {_MOVED_TO} other issuers")
        known = {key: checked_issuer(fields.typed(key, str)) for key in others}
        found = sets(others, known, size=size)
        superseded = states.get(State.SUPERSEDED)
        for to, indices in found.items():
            check_inside(indices, superseded, "a successor of what is not superseded", where=to)
    return found


def causes_in(
    item: Mapping[Any, Any], states: Mapping[State, IndexSet], *, size: int
) -> dict[Cause, IndexSet]:
    """Return why credentials are in their state, as far as it is told.

    Raises:
        MalformedError: the field is there, but no map of known causes to sets, empty, or with what
            is in another state than its cause leads to.
    """
    if CAUSES not in item:
        return {}
    with inside("causes"):
        found = sets(fields.typed(item[CAUSES], dict), ON_THE_WIRE, size=size)
        if not found:
            raise MalformedError("an empty map is left out")
        for cause, indices in found.items():
            rule = RULES[cause]
            problem = f"a cause of what is not {rule.state.name.lower()}"
            check_inside(indices, states.get(rule.state), problem, where=str(rule.wire))
    return found


def _lineage_in(item: Mapping[Any, Any]) -> bytes | None:
    if LINEAGE not in item:
        return None
    lineage = fields.typed(item[LINEAGE], bytes, where="lineage")
    if len(lineage) != LINEAGE_BYTES:
        raise MalformedError(f"must have {LINEAGE_BYTES} bytes", where="lineage")
    return lineage


def check_inside(inner: IndexSet, outer: IndexSet | None, problem: str, *, where: str) -> None:
    """Refuse a set that is not part of another.

    Raises:
        MalformedError: it is not; the message is ``problem``.
    """
    if outer is None or not within(inner, outer):
        raise MalformedError(problem, where=where)


def _states() -> dict[int, State]:
    return {state.value: state for state in State if state is not State.VALID}
