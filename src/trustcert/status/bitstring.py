"""W3C Bitstring Status List (version 1.0), read and written.

Each credential has one bit, the first index the most significant one of the first byte: the other
way round than IETF's lists (:mod:`trustcert.status.ietf`), whence another type. A list says one
thing only, its purpose: ``revocation``, which is final, or ``suspension``; so a status list with
both becomes two. The bytes are compressed (gzip) and stand as ``encodedList``, multibase base64url
(``u`` first). A list has at least 131,072 entries, for a holder to disappear among.

What is read here is the verified ``credentialSubject``; the credential around it, signed, is in
:mod:`trustcert.status.bitstring_credential`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import base64url, fields
from trustcert.encoding.deflate import Wrapping, deflate, inflate
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.limits import FOREIGN_LIST_BYTES
from trustcert.status.statuslist import State, StatusList
from trustcert.values import Value

__all__ = [
    "SMALLEST",
    "BitstringStatusList",
    "Purpose",
    "from_status_list",
    "from_subject",
    "to_subject",
]

SMALLEST: Final = 131_072
"""Entries of the smallest list (section 3.2: 16 KB uncompressed)."""

_TYPE: Final = "BitstringStatusList"
_BASE64URL: Final = "u"


class Purpose(enum.Enum):
    """What a set bit means."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


_STATES: Final = {
    Purpose.REVOCATION: (State.INVALID, State.SUPERSEDED),
    Purpose.SUSPENSION: (State.SUSPENDED,),
}


class BitstringStatusList(Value, frozen=True, kw_only=True):
    """A list of one bit a credential, most significant bit first in ``entries``."""

    _shown = ("purpose",)

    purpose: Purpose
    entries: bytes

    @property
    def size(self) -> int:
        """How many indices there are."""
        return 8 * len(self.entries)

    def state(self, index: int) -> State | None:
        """Return what this list says of ``index``: VALID where the bit is clear, None beyond it.

        VALID is as far as this purpose goes: a credential that names two lists needs both.
        """
        if not 0 <= index < self.size:
            return None
        if self.entries[index >> 3] >> (7 - (index & 7)) & 1:
            return _STATES[self.purpose][0]
        return State.VALID


def from_status_list(status_list: StatusList, purpose: Purpose) -> BitstringStatusList:
    """Return what ``status_list`` says for one purpose; superseded counts as revoked."""
    entries = bytearray((max(status_list.size, SMALLEST) + 7) // 8)
    for state in _STATES[purpose]:
        for index in status_list.states.get(state, ()):
            entries[index >> 3] |= 0x80 >> (index & 7)
    return BitstringStatusList(purpose=purpose, entries=bytes(entries))


def to_subject(bitstring: BitstringStatusList) -> dict[str, Any]:
    """Return the ``credentialSubject`` of a BitstringStatusListCredential."""
    packed = deflate(bitstring.entries, Wrapping.GZIP)
    return {
        "type": _TYPE,
        "statusPurpose": bitstring.purpose.value,
        "encodedList": _BASE64URL + base64url.encode(packed),
    }


def from_subject(subject: Mapping[str, Any]) -> BitstringStatusList:
    """Return the list in a verified ``credentialSubject``; other members are passed over.

    Raises:
        LimitExceededError: it inflates to over :data:`~trustcert.limits.FOREIGN_LIST_BYTES`.
        MalformedError: not such a list, or one too small; ``where`` is the member.
        UnsupportedError: another purpose, several, or more than one bit a credential.
    """
    if fields.required(subject, "type", str) != _TYPE:
        raise MalformedError(f"must be {_TYPE}", where="type")
    if subject.get("statusSize", 1) != 1:
        raise UnsupportedError("a bitstring status list of more than one bit a credential")
    purposes = {purpose.value: purpose for purpose in Purpose}
    purpose = subject.get("statusPurpose")
    if not isinstance(purpose, str) or purpose not in purposes:
        raise UnsupportedError("a bitstring status list of another purpose")
    with inside("encodedList"):
        text = fields.typed(subject.get("encodedList"), str)
        if not text.startswith(_BASE64URL):
            raise MalformedError("must be multibase base64url")
        packed = base64url.decode(text[1:])
        entries = inflate(packed, Wrapping.GZIP, limit=FOREIGN_LIST_BYTES)
        if 8 * len(entries) < SMALLEST:
            raise MalformedError(f"must have {SMALLEST} entries or more")
    return BitstringStatusList(purpose=purposes[purpose], entries=entries)
