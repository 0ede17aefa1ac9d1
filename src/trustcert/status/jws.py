"""Signed lists in JSON: a compact JWS (RFC 7515) whose ``typ`` says what it holds.

It is verified first and parsed then, with a key that the caller trusts for the list's issuer; the
key fixes the algorithm. Nothing critical (``crit``) is understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import base64url, fields, json
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.keys import PublicKey, Signer
from trustcert.limits import FOREIGN_LIST_BYTES

CHARACTERS: Final = 2 * FOREIGN_LIST_BYTES
"""Characters of a text: base64url twice over a list that zlib could not shrink is 1.8 times it."""


def sign(payload: Mapping[str, Any], signer: Signer, *, typ: str) -> str:
    """Return ``payload`` signed by ``signer``."""
    key = signer.public_key
    header = {"alg": key.algorithm.jose, "kid": key.kid.hex(), "typ": typ}
    signed = ".".join(base64url.encode(json.encode(part)) for part in (header, payload))
    return f"{signed}.{base64url.encode(signer.sign(signed.encode()))}"


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
    parts = text.split(".")
    if len(parts) != 3:
        raise MalformedError("must have three parts", where="jwt")
    header = _header(parts[0])
    alg, typ = header["alg"], header["typ"]
    if alg not in (key.algorithm.jose, key.algorithm.jose_polymorphic):
        raise UnsupportedError("jwt.header.alg is not the algorithm of the key")
    if typ.lower() not in types or "crit" in header:
        raise UnsupportedError("jwt.header is not the one of a status list")
    with inside("jwt.signature"):
        signature = base64url.decode(parts[2])
    key.verify(signature, f"{parts[0]}.{parts[1]}".encode())
    with inside("jwt.payload"):
        return fields.typed(_json(parts[1]), dict)


def typ_of(text: str) -> str:
    """Return what the header of ``text`` says it is, in lower case, before anything is verified.

    Raises:
        MalformedError: no header of a JWS.
    """
    typ: str = _header(text.partition(".")[0])["typ"]
    return typ.lower()


def _header(part: str) -> dict[str, Any]:
    with inside("jwt.header"):
        header = fields.typed(_json(part), dict)
        for name in ("alg", "typ"):
            fields.required(header, name, str)
    return header


def _json(part: str) -> Any:
    return json.decode(base64url.decode(part), limit=CHARACTERS)
