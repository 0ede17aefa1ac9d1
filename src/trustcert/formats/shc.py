"""SMART Health Cards (specification 1.4): ``shc:/`` and the digits of a compact JWS (read, write).

The JWS header has ``alg`` ES256, ``zip`` DEF and ``kid``, the thumbprint of the key (RFC 7638);
the payload is bare DEFLATE of minified JSON with a FHIR bundle. ``nbf`` is the time of issue.
Cards in several codes (``shc:/C/N/``, deprecated, still met) are joined by
:mod:`trustcert.formats.parts`, cards in files are read by :func:`from_file`. A card with a
``rid`` is held until its issuer's list of revoked cards is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from trustcert.claims import Claims
from trustcert.claims.external_status import from_credential
from trustcert.encoding import base64url, digit_pairs, json
from trustcert.encoding.deflate import Wrapping, deflate, inflate
from trustcert.encoding.fields import each, optional, required, text, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats.content import fhir, lenient
from trustcert.formats.envelope import Envelope
from trustcert.keys import ESP256, Signer
from trustcert.keys.thumbprint import thumbprint
from trustcert.limits import CODE_PARTS, INFLATED_BYTES, MESSAGE_CHARACTERS, TEXT_CHARACTERS

NAME: Final = "shc"
PREFIX: Final = "shc:/"
TYPE: Final = "https://smarthealth.cards#health-card"

_HEADER_NAMES: Final = frozenset({"alg", "zip", "kid", "typ"})


def recognises(text: str) -> bool:
    """Return whether ``text`` begins with ``shc:/``."""
    return text.startswith(PREFIX)


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``: one whole card.

    Raises:
        MalformedError: not digits of such a JWS; ``where`` is the part.
        UnsupportedError: another algorithm, no compression, or an unknown header parameter.
    """
    with inside("shc"):
        jws = digit_pairs.decode(text[len(PREFIX) :])
        parts = jws.split(".")
        if len(parts) != 3:
            raise MalformedError("must be a JWS of three parts")
    kid = _header(parts[0])
    with inside("jws.payload"):
        payload = base64url.decode(parts[1])
    with inside("jws.signature"):
        signature = base64url.decode(parts[2])
    return Envelope(
        format=NAME,
        kid=kid,
        algorithms=(ESP256,),
        signed=f"{parts[0]}.{parts[1]}".encode("ascii"),
        signature=signature,
        payload=payload,
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not the payload of a health card.
    """
    with inside("zip"):
        plain = inflate(envelope.payload, Wrapping.RAW, limit=INFLATED_BYTES)
    source = typed(json.decode(plain, limit=INFLATED_BYTES), dict)
    issued_at = lenient.seconds(source, "nbf", "nbf")
    if issued_at is None:
        raise MalformedError("is missing", where="nbf")
    with inside("vc"):
        credential = required(source, "vc", dict)
        if TYPE not in each(credential, "type", text):
            raise MalformedError(f"must hold {TYPE}", where="type")
        with inside("credentialSubject"):
            subject = required(credential, "credentialSubject", dict)
            with inside("fhirBundle"):
                holder, details, events = fhir.read(
                    typed(subject.get("fhirBundle"), dict), issued_at=issued_at
                )
        rid = optional(credential, "rid", str)
        status = from_credential(credential)
    return Claims(
        issuer=required(source, "iss", str),
        issued_at=issued_at,
        expires=lenient.seconds(source, "exp", "exp", up=True),
        id=None if rid is None else rid.encode(),
        holder=holder,
        details=details,
        original=source,
        revocation_id=rid,
        external_status=status,
        events=events,
    )


def from_file(data: bytes) -> tuple[str, ...]:
    """Return the cards of a ``.smart-health-card`` file as ``shc:/`` texts.

    Raises:
        LimitExceededError: a large file, or over :data:`~trustcert.limits.CODE_PARTS` cards.
        MalformedError: not such a file.
    """
    source = typed(json.decode(data, limit=MESSAGE_CHARACTERS), dict)
    cards = each(source, "verifiableCredential", text, limit=CODE_PARTS)
    if not cards:
        raise MalformedError("is missing", where="verifiableCredential")
    return tuple(PREFIX + digit_pairs.encode(card) for card in cards)


def write(payload: Mapping[str, Any], signer: Signer) -> str:
    """Return a payload signed as one ``shc:/`` text, for tests and migration.

    Raises:
        UnsupportedError: the key is not a P-256 one.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    key = signer.public_key
    if key.algorithm is not ESP256:
        raise UnsupportedError("health cards are signed with ES256 alone")
    header = {"zip": "DEF", "alg": ESP256.jose, "kid": thumbprint(key)}
    body = deflate(json.encode(payload), Wrapping.RAW)
    signed = f"{base64url.encode(json.encode(header))}.{base64url.encode(body)}"
    signature = base64url.encode(signer.sign(signed.encode("ascii")))
    text = PREFIX + digit_pairs.encode(f"{signed}.{signature}")
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return text


@lru_cache(maxsize=1024)
def _header(part: str) -> bytes:
    with inside("jws.header"):
        found = typed(json.decode(base64url.decode(part), limit=TEXT_CHARACTERS), dict)
        alg, kid = required(found, "alg", str), required(found, "kid", str)
        if found.get("zip") != "DEF":
            raise UnsupportedError("jws.header.zip must be DEF")
        if not _HEADER_NAMES.issuperset(found):
            raise UnsupportedError("jws.header holds a parameter that is not known here")
        if alg != ESP256.jose:
            raise UnsupportedError("jws.header.alg must be ES256")
    return kid.encode()
