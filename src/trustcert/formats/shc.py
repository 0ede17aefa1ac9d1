"""SMART Health Cards (specification 1.4): ``shc:/`` and the digits of a compact JWS (read, write).

The JWS header has ``alg`` ES256, ``zip`` DEF and ``kid``, the thumbprint of the key (RFC 7638);
the payload is bare DEFLATE of minified JSON with a FHIR bundle. ``nbf`` is the time of issue.
Cards in several codes (``shc:/C/N/``, deprecated, still met) are joined by
:mod:`trustcert.formats.multipart`, cards in files are read by :func:`from_file`. A card with a
``rid`` is held until its issuer's list of revoked cards is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustcert import jose
from trustcert.claims import Claims
from trustcert.claims.external_status import from_credential
from trustcert.encoding import digit_pairs, json
from trustcert.encoding.deflate import Wrapping, deflate, has_trailing_bytes, inflate
from trustcert.encoding.fields import each, optional, required, text, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import layers as layers_of
from trustcert.formats.content import fhir, lenient
from trustcert.formats.envelope import Compatibility, Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import ESP256, Signer
from trustcert.keys.thumbprint import thumbprint
from trustcert.limits import (
    CODE_PARTS,
    INFLATED_BYTES,
    JSON_ITEMS,
    MESSAGE_CHARACTERS,
    TEXT_CHARACTERS,
)

__all__ = [
    "LONGEST",
    "NAME",
    "PREFIX",
    "TYPE",
    "claims",
    "decode",
    "from_file",
    "layers",
    "recognises",
    "write",
]

NAME: Final = "shc"
PREFIX: Final = "shc:/"
LONGEST: Final = MESSAGE_CHARACTERS
TYPE: Final = "https://smarthealth.cards#health-card"

_PARAMETERS: Final = frozenset({"alg", "zip", "kid", "typ"})


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
        token = digit_pairs.decode(text.removeprefix(PREFIX))
    card = jose.read(token, "jws", parameters=_PARAMETERS)
    required(card.header, "kid", str)
    if card.header.get("zip") != "DEF":
        raise UnsupportedError("jws.header.zip must be DEF")
    if card.algorithm is not ESP256:
        raise UnsupportedError("jws.header.alg must be ES256")
    is_longer = has_trailing_bytes(card.payload, Wrapping.RAW)
    return Envelope(
        format=NAME,
        kid=card.kid,
        algorithms=(ESP256,),
        signed=card.signed,
        signature=card.signature,
        payload=card.payload,
        compatibility=frozenset({Compatibility.TRAILING_BYTES} if is_longer else ()),
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not the payload of a health card.
    """
    with inside("zip"):
        plain = inflate(envelope.payload, Wrapping.RAW, trailing=True)
    source = typed(json.decode(plain, limit=INFLATED_BYTES, items=JSON_ITEMS), dict)
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


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    token = digit_pairs.decode(text.rpartition("/")[2])
    yield Layer(name="jws", size=len(token))
    yield from layers_of.of_jws(token)


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
    body = deflate(json.encode(payload), Wrapping.RAW)
    token = jose.sign(body, signer, {"zip": "DEF", "kid": thumbprint(key)})
    text = PREFIX + digit_pairs.encode(token)
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return text
