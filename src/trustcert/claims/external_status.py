"""Where issuers outside of registries keep a credential's status: an index of a list at an address.

Two forms: the ``status`` claim of the IETF Token Status List (draft-ietf-oauth-status-list,
section 6), with the same names in JSON and CBOR, and the ``credentialStatus`` of the W3C Bitstring
Status List (version 1.0, section 2.1). A credential that names any other mechanism is not
understood: whether it is revoked could not be known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding.fields import required, text, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.limits import CLAIM_CHARACTERS, STATUS_LIST_SIZE
from trustcert.values import PublicValue

__all__ = [
    "ENTRIES",
    "ExternalStatus",
    "from_claim",
    "from_credential",
]

ENTRIES: Final = 4
"""Lists that one credential may stand on: W3C's have one for each purpose."""

_W3C_TYPE: Final = "BitstringStatusListEntry"
_PURPOSES: Final = frozenset({"revocation", "suspension"})
_INDEX_DIGITS: Final = 10


class ExternalStatus(PublicValue, frozen=True, kw_only=True):
    """Index ``index`` of the list at ``uri``.

    ``purpose`` is what a W3C list is about, ``revocation`` or ``suspension``; None means an IETF
    list. The two count their bits in opposite order, so neither is ever asked for the other.
    """

    uri: str
    index: int
    purpose: str | None = None


def from_claim(value: Any) -> tuple[ExternalStatus, ...]:
    """Return what an IETF ``status`` claim names.

    Raises:
        MalformedError: no address, or no index of any list.
        UnsupportedError: another mechanism, or one beside it.
    """
    outer: Mapping[str, Any] = typed(value, dict)
    if outer.keys() != {"status_list"}:
        raise UnsupportedError("claim status holds something that is not known here")
    with inside("status_list"):
        entry = required(outer, "status_list", dict)
        uri = _address(entry, "uri")
        return (ExternalStatus(uri=uri, index=_index(required(entry, "idx", int), "idx")),)


def from_credential(credential: Mapping[str, Any]) -> tuple[ExternalStatus, ...]:
    """Return what the ``credentialStatus`` of a W3C credential names; nothing where it has none.

    Raises:
        LimitExceededError: over :data:`ENTRIES` lists.
        MalformedError: no address, or no index of any list.
        UnsupportedError: another mechanism or purpose.
    """
    value = credential.get("credentialStatus")
    if value is None:
        return ()
    entries = value if type(value) is list else [value]
    with inside("credentialStatus"):
        if len(entries) > ENTRIES:
            raise LimitExceededError(f"over {ENTRIES} status lists")
        return tuple([_entry(typed(entry, dict)) for entry in entries])


def _entry(entry: Mapping[str, Any]) -> ExternalStatus:
    purpose = entry.get("statusPurpose")
    if entry.get("type") != _W3C_TYPE or purpose not in _PURPOSES:
        raise UnsupportedError("credentialStatus is of a kind that is not known here")
    digits = required(entry, "statusListIndex", str)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _INDEX_DIGITS:
        raise MalformedError("must be an index in decimal digits", where="statusListIndex")
    return ExternalStatus(
        uri=_address(entry, "statusListCredential"),
        index=_index(int(digits), "statusListIndex"),
        purpose=str(purpose),
    )


def _address(entry: Mapping[str, Any], name: str) -> str:
    with inside(name):
        found = text(entry.get(name))
        if not 0 < len(found) <= CLAIM_CHARACTERS:
            raise MalformedError(f"must have 1 to {CLAIM_CHARACTERS} characters")
        return found


def _index(value: int, where: str) -> int:
    if not 0 <= value < STATUS_LIST_SIZE:
        raise MalformedError(f"must be 0 to {STATUS_LIST_SIZE - 1}", where=where)
    return value
