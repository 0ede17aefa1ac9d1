"""IETF Token Status List (draft-ietf-oauth-status-list), the list itself, read and written.

Each credential has 1, 2, 4 or 8 bits; within a byte the first index has the least significant
ones. The bytes are compressed (zlib) and stand as ``lst``, base64url in JSON and bytes in CBOR,
beside ``bits``. Values are 0 valid, 1 invalid, 2 suspended; others mean something between those who
agreed on it, and here: not valid. The tokens that carry such a list, signed, are in
:mod:`trustcert.status.ietf_token`. W3C's lists run the other way round
(:mod:`trustcert.status.bitstring`) and are another type, so that neither can be taken for the
other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import base64url, fields
from trustcert.encoding.deflate import Wrapping, deflate, inflate
from trustcert.errors import MalformedError, inside
from trustcert.limits import FOREIGN_LIST_BYTES
from trustcert.status.statuslist import State, StatusList
from trustcert.values import Value

__all__ = ["TokenStatusList", "from_cbor", "from_json", "from_status_list", "to_cbor", "to_json"]

_STATES: Final = {state.value: state for state in (State.VALID, State.INVALID, State.SUSPENDED)}
_WRITTEN: Final = {State.INVALID: 1, State.SUSPENDED: 2, State.SUPERSEDED: 1}
_WIDTHS: Final = (1, 2, 4, 8)


class TokenStatusList(Value, frozen=True, kw_only=True):
    """A list of ``bits`` a credential, least significant bits first in ``entries``."""

    _shown = ("bits",)

    bits: int
    entries: bytes

    @property
    def size(self) -> int:
        """How many indices the bytes have room for."""
        return 8 * len(self.entries) // self.bits

    def value(self, index: int) -> int | None:
        """Return the value at ``index``, or None where the list does not reach."""
        if not 0 <= index < self.size:
            return None
        place = index * self.bits
        return self.entries[place >> 3] >> (place & 7) & ((1 << self.bits) - 1)

    def state(self, index: int) -> State | None:
        """Return the state at ``index``: None out of range, or for a value not known here."""
        value = self.value(index)
        return None if value is None else _STATES.get(value)


def from_status_list(status_list: StatusList) -> TokenStatusList:
    """Return ``status_list`` for others: one bit each, or two where something is suspended.

    Superseded credentials are written as invalid: nobody else knows what superseded means.
    """
    bits = 2 if State.SUSPENDED in status_list.states else 1
    entries = bytearray((status_list.size * bits + 7) // 8)
    for state, indices in status_list.states.items():
        value = _WRITTEN[state]
        for index in indices:
            place = index * bits
            entries[place >> 3] |= value << (place & 7)
    return TokenStatusList(bits=bits, entries=bytes(entries))


def to_json(token_list: TokenStatusList) -> dict[str, Any]:
    """Return the ``status_list`` member of a JWT."""
    return {"bits": token_list.bits, "lst": base64url.encode(_packed(token_list))}


def to_cbor(token_list: TokenStatusList) -> dict[str, Any]:
    """Return the ``status_list`` map of a CWT."""
    return {"bits": token_list.bits, "lst": _packed(token_list)}


def from_json(item: Mapping[str, Any]) -> TokenStatusList:
    """Return the list in the ``status_list`` member of a JWT; other members are passed over.

    Raises:
        LimitExceededError: it inflates to over :data:`~trustcert.limits.FOREIGN_LIST_BYTES`.
        MalformedError: not such a list; ``where`` is the member.
    """
    with inside("lst"):
        packed = base64url.decode(fields.typed(item.get("lst"), str))
    return _unpacked(item, packed)


def from_cbor(item: Mapping[Any, Any]) -> TokenStatusList:
    """Return the list in the ``status_list`` map of a CWT; other members are passed over.

    Raises:
        LimitExceededError: it inflates to over :data:`~trustcert.limits.FOREIGN_LIST_BYTES`.
        MalformedError: not such a list; ``where`` is the member.
    """
    return _unpacked(item, fields.required(item, "lst", bytes))


def _packed(token_list: TokenStatusList) -> bytes:
    return deflate(token_list.entries, Wrapping.ZLIB)


def _unpacked(item: Mapping[Any, Any], packed: bytes) -> TokenStatusList:
    bits = fields.required(item, "bits", int)
    if bits not in _WIDTHS:
        raise MalformedError("must be 1, 2, 4 or 8", where="bits")
    with inside("lst"):
        entries = inflate(packed, Wrapping.ZLIB, limit=FOREIGN_LIST_BYTES)
        if not entries:
            raise MalformedError("an empty list")
    return TokenStatusList(bits=bits, entries=entries)
