"""Signed status lists in JSON: a compact JWS whose ``typ`` says what it holds.

It is verified first and parsed then, with a key that the caller trusts for the list's issuer; the
key fixes the algorithm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert import jose
from trustcert.encoding import fields, json
from trustcert.errors import LimitExceededError, UnsupportedError, inside
from trustcert.keys import PublicKey, Signer
from trustcert.limits import FOREIGN_LIST_BYTES

__all__ = ["CHARACTERS", "sign", "typ_of", "verified"]

CHARACTERS: Final = 2 * FOREIGN_LIST_BYTES
"""Characters of a text: base64url twice over a list that zlib could not shrink is 1.8 times it."""


def sign(payload: Mapping[str, Any], signer: Signer, *, typ: str) -> str:
    """Return ``payload`` signed by ``signer``."""
    header = {"kid": signer.public_key.kid.hex(), "typ": typ}
    return jose.sign(json.encode(payload), signer, header)


def verified(text: str, key: PublicKey, *, types: frozenset[str]) -> dict[str, Any]:
    """Return the payload of ``text``, which ``key`` must have signed as one of ``types``.

    Raises:
        LimitExceededError: over :data:`CHARACTERS`.
        MalformedError: no JWS with a JSON object; ``where`` is the part.
        UnsupportedError: another type or algorithm.
        VerificationError: ``key`` did not sign it.
    """
    if len(text) > CHARACTERS:
        raise LimitExceededError(f"signed status list of over {CHARACTERS} characters")
    token = jose.read(text, "jwt")
    if token.algorithm is not key.algorithm:
        raise UnsupportedError("jwt.header.alg is not the algorithm of the key")
    with inside("jwt.header"):
        typ = fields.required(token.header, "typ", str)
    if typ.lower() not in types:
        raise UnsupportedError("jwt.header is not the one of a status list")
    key.verify(token.signature, token.signed)
    with inside("jwt.payload"):
        return fields.typed(json.decode(token.payload, limit=CHARACTERS), dict)


def typ_of(text: str) -> str:
    """Return what the header of ``text`` says it is, in lower case, before anything is verified.

    Raises:
        MalformedError: no header of a JWS.
    """
    header = jose.read_header(text.partition(".")[0], "jwt")
    with inside("jwt.header"):
        return fields.required(header, "typ", str).lower()
