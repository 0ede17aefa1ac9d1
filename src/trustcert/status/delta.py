"""What changed on a status list, on the wire.

Deterministic CBOR, a map whose keys mean what they mean in :mod:`trustcert.status.snapshot`::

    1  issuer    text
    2  list      integer
    3  version   integer: to which version the delta leads
    5  as_of     Unix seconds: when the issuer stated that version
    6  states    {code: set}: every index that was touched, by its state at that version; code 0
                 (valid) has what was released
    7  moved     {issuer: set}: which of the superseded ones have their successor elsewhere
    8  base      integer: the oldest version that the delta fits
    9  digest    the first 16 bytes of SHA-256 of the snapshot of that version
    10 causes    {cause: set}: why those that were touched are in their state, where it is told

A delta names whatever any version since ``base`` has touched, with its state now: so it fits every
version from ``base`` on, below its own, and one that reaches back a week serves all who were last
in touch within that week. The digest proves that list and delta arrived where the issuer stands;
against forgery the delta is signed as a target, so 16 bytes are enough.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import cbor, fields
from trustcert.errors import MalformedError, RollbackError, TrustError, inside
from trustcert.limits import TIME_MAX
from trustcert.status import snapshot
from trustcert.status.causes import Cause
from trustcert.status.indices import IndexSet
from trustcert.status.paths import VERSION_MAX
from trustcert.status.statuslist import State, StatusList, advanced
from trustcert.values import PublicValue

__all__ = ["BASE", "DIGEST", "Delta", "apply", "decode", "digest_of", "encode"]

BASE: Final = 8
DIGEST: Final = 9

_DIGEST_BYTES: Final = 16


class Delta(PublicValue, frozen=True, kw_only=True):
    """The touched indices of list ``number`` from version ``base`` to ``version``, by new state."""

    issuer: str
    number: int
    base: int
    version: int
    as_of: int
    states: Mapping[State, IndexSet]
    moved: Mapping[str, IndexSet]
    causes: Mapping[Cause, IndexSet]
    digest: bytes


def encode(delta: Delta) -> bytes:
    """Return the one encoding of the delta."""
    item: dict[int, Any] = {
        snapshot.ISSUER: delta.issuer,
        snapshot.LIST: delta.number,
        snapshot.VERSION: delta.version,
        snapshot.AS_OF: delta.as_of,
        **snapshot.encoded_sets(delta.states, delta.moved, delta.causes),
        BASE: delta.base,
        DIGEST: delta.digest,
    }
    return cbor.encode(item)


def decode(data: bytes, *, issuer: str, number: int, size: int) -> Delta:
    """Return the delta that ``data`` encodes, for list ``number`` of ``issuer`` of this size.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not the one encoding of a delta; ``where`` names the field.
        TrustError: of another issuer's list, or of another list.
    """
    item = snapshot.opened(data)
    fields.only(item, _KEYS)
    snapshot.check_name(item, issuer=issuer, number=number)
    version = snapshot.whole(item, snapshot.VERSION, 2, VERSION_MAX, "version")
    with inside("states"):
        known = {state.value: state for state in State}
        states = snapshot.sets(fields.typed(item.get(snapshot.STATES), dict), known, size=size)
        if not states:
            raise MalformedError("a delta changes something")
    digest = fields.typed(item.get(DIGEST), bytes, where="digest")
    if len(digest) != _DIGEST_BYTES:
        raise MalformedError(f"must have {_DIGEST_BYTES} bytes", where="digest")
    return Delta(
        issuer=issuer,
        number=number,
        base=snapshot.whole(item, BASE, 1, version - 1, "base"),
        version=version,
        as_of=snapshot.whole(item, snapshot.AS_OF, 0, TIME_MAX, "as_of"),
        states=states,
        moved=snapshot.moved_in(item, states, issuer=issuer, size=size),
        causes=snapshot.causes_in(item, states, size=size),
        digest=digest,
    )


def apply(held: StatusList, delta: Delta) -> StatusList:
    """Return the list to which ``delta`` leads from ``held``, which stays as it is.

    Raises:
        RollbackError: it leads to a version that ``held`` has reached, or back in time.
        TrustError: another list's delta, one that does not reach back to ``held``, or one whose
            outcome is not the list that the issuer has.
    """
    if (delta.issuer, delta.number) != (held.issuer, held.number):
        raise TrustError(f"delta of list {delta.number} of {delta.issuer} for another list")
    if delta.version <= held.version or delta.as_of < held.as_of:
        raise RollbackError(f"delta to version {delta.version} for version {held.version}")
    if held.version < delta.base:
        raise TrustError(f"delta from version {delta.base} for version {held.version}")
    result = advanced(
        held,
        version=delta.version,
        as_of=delta.as_of,
        states={state: tuple(indices) for state, indices in delta.states.items()},
        moved={issuer: tuple(indices) for issuer, indices in delta.moved.items()},
        causes={cause: tuple(indices) for cause, indices in delta.causes.items()},
    )
    if digest_of(snapshot.encode(result)) != delta.digest:
        raise TrustError("the delta does not lead to the issuer's list")
    return result


def digest_of(encoded: bytes) -> bytes:
    """Return the digest by which a delta names an encoded snapshot."""
    return hashlib.sha256(encoded).digest()[:_DIGEST_BYTES]


_KEYS: Final = {
    snapshot.ISSUER,
    snapshot.LIST,
    snapshot.VERSION,
    snapshot.AS_OF,
    snapshot.STATES,
    snapshot.MOVED,
    snapshot.CAUSES,
    BASE,
    DIGEST,
}
