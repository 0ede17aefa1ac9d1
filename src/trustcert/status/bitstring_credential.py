"""Signed W3C status lists: a BitstringStatusListCredential as a JWT, written and read.

The credential (Bitstring Status List 1.0, section 2.2, in the data model 2.0) is the payload of a
JWS with ``typ`` ``vc+jwt`` (Securing Verifiable Credentials using JOSE and COSE, section 3.1.1).
Its ``id`` is the address by which other credentials point to the list. Data Integrity proofs are
not read: they need JSON-LD canonicalisation, and nothing here is verified in any other form than
the one that travelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import fields
from trustcert.encoding.instants import instant, rfc3339
from trustcert.errors import MalformedError, StaleError, TrustError, inside
from trustcert.keys import PublicKey, Signer
from trustcert.limits import CLOCK_SKEW
from trustcert.status import bitstring, jws
from trustcert.status.bitstring import BitstringStatusList
from trustcert.values import PublicValue

__all__ = ["CONTEXT", "MEDIA_TYPE", "TYPES", "TYPS", "BitstringCredential", "open_jwt", "sign_jwt"]

MEDIA_TYPE: Final = "application/vc+jwt"
CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
TYPES: Final = ("VerifiableCredential", "BitstringStatusListCredential")

_TYP: Final = "vc+jwt"
TYPS: Final = frozenset({_TYP, MEDIA_TYPE, "vc+ld+jwt"})
"""What the header of such a JWT may say that it is, in lower case."""
_TYPES_MOST: Final = 16


class BitstringCredential(PublicValue, frozen=True, kw_only=True):
    """One signed list of ``issuer`` (a URL): ``uri`` is its address; times are Unix seconds."""

    uri: str
    issuer: str
    list: BitstringStatusList
    valid_from: int
    valid_until: int | None = None


def sign_jwt(credential: BitstringCredential, signer: Signer) -> str:
    """Return ``credential`` as a JWT."""
    payload = {
        "@context": [CONTEXT],
        "id": credential.uri,
        "type": list(TYPES),
        "issuer": credential.issuer,
        "validFrom": rfc3339(credential.valid_from),
    }
    if credential.valid_until is not None:
        payload["validUntil"] = rfc3339(credential.valid_until)
    subject = {"id": f"{credential.uri}#list", **bitstring.to_subject(credential.list)}
    return jws.sign({**payload, "credentialSubject": subject}, signer, typ=_TYP)


def open_jwt(text: str, key: PublicKey, *, uri: str | None, at: int) -> BitstringCredential:
    """Return the list in ``text``, which ``key`` must have signed for the address ``uri``.

    ``uri`` None is whichever address the credential names.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not such a credential; ``where`` is the place.
        StaleError: it is expired at ``at`` (Unix seconds).
        TrustError: it is the list of another address, or from the future.
        UnsupportedError: another type, algorithm or purpose.
        VerificationError: ``key`` did not sign it.
    """
    payload = jws.verified(text, key, types=TYPS)
    with inside("jwt.payload"):
        credential = _credential(payload)
    if uri is not None and credential.uri != uri:
        raise TrustError("a status list of another address")
    if credential.valid_from > at + CLOCK_SKEW:
        raise TrustError(f"the status list is of {credential.valid_from - at} s ahead of the clock")
    if credential.valid_until is not None and at >= credential.valid_until:
        raise StaleError("the status list is expired")
    return credential


def _credential(payload: Mapping[str, Any]) -> BitstringCredential:
    types = fields.each(payload, "type", fields.text, limit=_TYPES_MOST)
    if not set(TYPES) <= set(types):
        raise MalformedError(f"must hold {' and '.join(TYPES)}", where="type")
    issuer = payload.get("issuer")
    with inside("issuer"):
        if type(issuer) is dict:
            issuer = issuer.get("id")
        named = fields.text(issuer)
    with inside("credentialSubject"):
        found = bitstring.from_subject(fields.required(payload, "credentialSubject", dict))
    valid_from = _time(payload, "validFrom")
    if valid_from is None:
        raise MalformedError("is missing", where="validFrom")
    return BitstringCredential(
        uri=fields.required(payload, "id", str),
        issuer=named,
        list=found,
        valid_from=valid_from,
        valid_until=_time(payload, "validUntil"),
    )


def _time(payload: Mapping[str, Any], name: str) -> int | None:
    value = fields.optional(payload, name, str)
    with inside(name):
        return None if value is None else instant(value)
