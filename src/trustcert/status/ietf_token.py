"""Signed IETF status lists: Status List Tokens as JWT and as CWT, written and read.

JWT: a compact JWS with ``typ`` ``statuslist+jwt`` and the claims ``sub`` (the address by which
credentials point to the list), ``iat``, ``status_list``, and optionally ``exp`` and ``ttl``. CWT: a
COSE_Sign1 (tag 18) with the type (header 16) ``application/statuslist+cwt`` and the claims 2, 6,
65533 and optionally 4 and 65534. ``status_list`` may name, as ``aggregation_uri``, where the
addresses of all lists of the issuer stand (:func:`read_aggregation`).

A token is verified first and parsed then, with a key that the caller trusts for this issuer; the
key fixes the algorithm, and ``sub`` must be the address that the credential names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trustcert import cose
from trustcert.encoding import cbor, fields, json
from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    StaleError,
    TrustError,
    UnsupportedError,
    inside,
)
from trustcert.keys import PublicKey, Signer
from trustcert.limits import CLOCK_SKEW, FOREIGN_LIST_BYTES, REGISTRY_DOCUMENT_ITEMS, TIME_MAX
from trustcert.status import ietf, jws
from trustcert.status.ietf import TokenStatusList
from trustcert.values import PublicValue

__all__ = [
    "CWT_MEDIA_TYPE",
    "JWT_MEDIA_TYPE",
    "TYPS",
    "StatusListToken",
    "aggregation",
    "open_cwt",
    "open_jwt",
    "read_aggregation",
    "sign_cwt",
    "sign_jwt",
]

JWT_MEDIA_TYPE: Final = "application/statuslist+jwt"
CWT_MEDIA_TYPE: Final = "application/statuslist+cwt"

_JWT_TYP: Final = "statuslist+jwt"
TYPS: Final = frozenset({_JWT_TYP, JWT_MEDIA_TYPE})
"""What the header of a token as JWT may say that it is, in lower case."""

_JWT_NAMES: Final = {"sub": "sub", "iat": "iat", "exp": "exp", "ttl": "ttl", "list": "status_list"}
_CWT_NAMES: Final = {"sub": 2, "iat": 6, "exp": 4, "ttl": 65_534, "list": 65_533}


class StatusListToken(PublicValue, frozen=True, kw_only=True):
    """One signed list: ``uri`` is its address, ``ttl`` the seconds that it may be held.

    Times are Unix seconds.
    """

    uri: str
    issued_at: int
    list: TokenStatusList
    expires: int | None = None
    ttl: int | None = None
    aggregation_uri: str | None = None

    def fresh_until(self, fetched_at: int) -> int:
        """Return from when on a token that was fetched then is to be fetched anew.

        The end of ``ttl`` or of the token, whichever comes first; where it has neither, at once.
        """
        ends = [fetched_at + self.ttl] if self.ttl is not None else []
        ends += [self.expires] if self.expires is not None else []
        return min(ends, default=fetched_at)


def sign_jwt(token: StatusListToken, signer: Signer) -> str:
    """Return ``token`` as a JWT."""
    return jws.sign(_claims(token, _JWT_NAMES, ietf.to_json(token.list)), signer, typ=_JWT_TYP)


def sign_cwt(token: StatusListToken, signer: Signer) -> bytes:
    """Return ``token`` as a CWT."""
    key = signer.public_key
    header = {cose.ALG: key.algorithm.cose, cose.KID: key.kid, cose.TYPE: CWT_MEDIA_TYPE}
    payload = cbor.encode(_claims(token, _CWT_NAMES, ietf.to_cbor(token.list)))
    return cose.sign(header, payload, signer, tagged=True)


def open_jwt(text: str, key: PublicKey, *, uri: str | None, at: int) -> StatusListToken:
    """Return the token in ``text``, which ``key`` must have signed for the list at ``uri``.

    ``uri`` None is whichever address the token names.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not a Status List Token; ``where`` is the place.
        StaleError: it is expired at ``at`` (Unix seconds).
        TrustError: it is the token of another list, or from the future.
        UnsupportedError: another type or algorithm.
        VerificationError: ``key`` did not sign it.
    """
    claims = jws.verified(text, key, types=TYPS)
    with inside("jwt.payload"):
        token = _token(claims, _JWT_NAMES, ietf.from_json)
    return _checked(token, uri=uri, at=at)


def open_cwt(data: bytes, key: PublicKey, *, uri: str | None, at: int) -> StatusListToken:
    """Return the token in ``data``, which ``key`` must have signed for the list at ``uri``.

    ``uri`` None is whichever address the token names.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not a Status List Token; ``where`` is the place.
        StaleError: it is expired at ``at`` (Unix seconds).
        TrustError: it is the token of another list, or from the future.
        UnsupportedError: another type or algorithm.
        VerificationError: ``key`` did not sign it.
    """
    if len(data) > jws.CHARACTERS:
        raise LimitExceededError(f"status list token of over {jws.CHARACTERS} bytes")
    with inside("cwt"):
        message = cose.read(data)
    if message.protected.get(cose.ALG) not in cose.by_number(key.algorithm):
        raise UnsupportedError("cwt.header.alg is not the algorithm of the key")
    if message.protected.get(cose.TYPE) != CWT_MEDIA_TYPE:
        raise UnsupportedError("cwt.header is not the one of a status list")
    key.verify(message.signature, message.signed)
    with inside("cwt.payload"):
        claims = fields.typed(cbor.decode(message.payload), dict)
        token = _token(claims, _CWT_NAMES, ietf.from_cbor)
    return _checked(token, uri=uri, at=at)


def aggregation(uris: tuple[str, ...]) -> bytes:
    """Return the document that stands at an ``aggregation_uri`` (JSON)."""
    return json.encode({"status_lists": list(uris)})


def read_aggregation(data: bytes) -> tuple[str, ...]:
    """Return the addresses of an issuer's lists; the document is not signed.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not such a document.
    """
    item = fields.typed(json.decode(data, limit=FOREIGN_LIST_BYTES), dict)
    if "status_lists" not in item:
        raise MalformedError("is missing", where="status_lists")
    return fields.each(item, "status_lists", fields.text, limit=REGISTRY_DOCUMENT_ITEMS)


def _claims(
    token: StatusListToken, names: Mapping[str, Any], status_list: dict[str, Any]
) -> dict[Any, Any]:
    if token.aggregation_uri is not None:
        status_list["aggregation_uri"] = token.aggregation_uri
    claims = {
        names["sub"]: token.uri,
        names["iat"]: token.issued_at,
        names["exp"]: token.expires,
        names["ttl"]: token.ttl,
        names["list"]: status_list,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _token(
    claims: Mapping[Any, Any],
    names: Mapping[str, Any],
    read: Callable[[Mapping[Any, Any]], TokenStatusList],
) -> StatusListToken:
    issued_at = _whole(claims, names["iat"])
    if issued_at is None:
        raise MalformedError("is missing", where=str(names["iat"]))
    item = fields.required(claims, names["list"], dict)
    with inside("status_list"):
        found = read(item)
        aggregation_uri = fields.optional(item, "aggregation_uri", str)
    return StatusListToken(
        uri=fields.required(claims, names["sub"], str),
        issued_at=issued_at,
        list=found,
        expires=_whole(claims, names["exp"]),
        ttl=_whole(claims, names["ttl"]),
        aggregation_uri=aggregation_uri,
    )


def _checked(token: StatusListToken, *, uri: str | None, at: int) -> StatusListToken:
    """Return ``token`` if it is the one of ``uri`` and good at ``at``."""
    if uri is not None and token.uri != uri:
        raise TrustError("a status list of another address")
    if token.issued_at > at + CLOCK_SKEW:
        raise TrustError(f"the status list is of {token.issued_at - at} s ahead of the clock")
    if token.expires is not None and at >= token.expires:
        raise StaleError("the status list is expired")
    return token


def _whole(claims: Mapping[Any, Any], name: Any) -> int | None:
    """Return a NumericDate or a number of seconds, fractions cut off; None where there is none."""
    value = fields.optional(claims, name, float)
    if value is None:
        return None
    if not 0 <= value <= TIME_MAX:
        raise MalformedError("time out of range", where=str(name))
    return int(value)
