"""EU Digital COVID Certificates: ``HC1:``, base45, zlib, COSE_Sign1 over a CWT (read, write).

The container is that of the *Electronic Health Certificate* specification 1.0.5. National
relatives in the same container (``LT1:``, ``AT1:``, ``NO1:``) are recognised by their names and
read by :mod:`trustcert.formats.content.national`. Tag 18, tag 61 around 18, or no tag; kid and
algorithm stand in either header, protected first. ES256 and PS256, as the key says; compatibility
switches: ``alg_unprotected``, ``es256_p384``.

The payload carries issuer (1), expiry (4), time of issue (6) and under claim -260, key 1, the
certificate. The last second of validity is the expiry itself, by the reference vectors. A Swiss
light certificate stands under claim -250 and holds a name and a birth date alone: that it was
issued says that its holder fulfilled the rule of the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import cbor2

from trustcert.claims import Claims
from trustcert.encoding import base45, cbor
from trustcert.encoding.deflate import Wrapping, deflate, inflate
from trustcert.encoding.fields import optional, required, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import cose, sign1
from trustcert.formats.content import dcc, lenient, national
from trustcert.formats.envelope import Compatibility, Envelope
from trustcert.keys import ES256_P384, ESP256, PS256, Algorithm, Signer
from trustcert.limits import INFLATED_BYTES, TEXT_CHARACTERS

NAME: Final = "hcert"
PREFIX: Final = "HC1:"

ISS: Final = 1
EXP: Final = 4
IAT: Final = 6
HCERT: Final = -260
LIGHT: Final = -250
DCC: Final = 1

_PREFIX_SIZE: Final = len(PREFIX)
_PREFIXES: Final = frozenset({PREFIX, *national.RELATIVES})
_ALGORITHMS: Final[dict[Any, tuple[Algorithm, ...]]] = {
    -7: (ESP256, ES256_P384),
    -9: (ESP256,),
    -37: (PS256,),
}
_TAGS: Final = frozenset({0, 1, 100, 1004})
"""Dates and times (RFC 8949 section 3.4, RFC 8943): some issuers tag them."""
_ZLIB: Final = Wrapping.ZLIB
_NONE: Final[frozenset[Compatibility]] = frozenset()
_UNPROTECTED: Final = frozenset({Compatibility.ALG_UNPROTECTED})


def recognises(text: str) -> bool:
    """Return whether ``text`` begins with ``HC1:`` or a relative's prefix."""
    return text[:_PREFIX_SIZE] in _PREFIXES


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not this container; ``where`` is the layer (``base45``, ``zlib``,
            ``cose.protected`` …).
        UnsupportedError: an algorithm that is not spoken here.
    """
    variant = text[:_PREFIX_SIZE]
    if variant not in _PREFIXES:
        raise MalformedError(f"must begin with {PREFIX}")
    layer = "base45"
    try:
        squeezed = base45.decode(text[_PREFIX_SIZE:])
        layer = "zlib"
        message = inflate(squeezed, _ZLIB, limit=INFLATED_BYTES)
    except MalformedError as error:
        error.under(layer)
        raise
    (protected, payload, signature, signed), unprotected = sign1.split(message)
    kid, rows, compatibility = _header(protected, unprotected)
    return Envelope(
        format=NAME,
        kid=kid,
        algorithms=rows,
        signed=signed,
        signature=signature,
        payload=payload,
        compatibility=compatibility,
        variant=variant,
    )


@lru_cache(maxsize=1024)
def _header(
    protected: bytes, unprotected: bytes
) -> tuple[bytes, tuple[Algorithm, ...], frozenset[Compatibility]]:
    """Return kid and algorithms of encoded headers, and the switches that reading them took."""
    inner = sign1.header(protected, "cose.protected")
    outer = sign1.header(unprotected, "cose.unprotected")
    kid = inner.get(sign1.KID, outer.get(sign1.KID))
    if type(kid) is not bytes:
        raise MalformedError("must be a byte string", where="cose.protected.kid")
    outside = sign1.ALG not in inner
    alg = (outer if outside else inner).get(sign1.ALG)
    rows = _ALGORITHMS.get(alg) if type(alg) is int else None
    if rows is None:
        raise UnsupportedError("cose.protected.alg is not an algorithm of this format")
    return kid, rows, _UNPROTECTED if outside else _NONE


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not a CWT with one event of one certificate.
        UnsupportedError: a certificate without an event that is known of its kind.
    """
    source = _payload(envelope.payload)
    container = source.get(HCERT) if type(source) is dict else None
    certificate = container.get(DCC) if type(container) is dict else None
    if type(certificate) is dict and envelope.variant == PREFIX:
        found = dcc.read(certificate)
    else:
        certificate, found = _unusual(source, envelope.variant)
    issuer = source.get(ISS)
    if type(issuer) is not str or not issuer:
        issuer = optional(source, ISS, str) or required(found.event, "co", str)
    issued_at = lenient.seconds(source, IAT, "iat")
    expires = lenient.seconds(source, EXP, "exp")
    if issued_at is None or expires is None:
        raise MalformedError("is missing", where="iat" if issued_at is None else "exp")
    expires += 1
    uvci = lenient.words(found.event.get("ci"))
    return Claims(
        issuer=issuer,
        issued_at=issued_at,
        details=found.details,
        holder=dcc.holder_of(certificate),
        expires=expires if found.ends is None else min(expires, found.ends),
        id=None if uvci is None else uvci.encode(),
        original=certificate,
        events=found.events,
    )


def _unusual(payload: Any, variant: str) -> tuple[Mapping[str, Any], dcc.Assertion]:
    """Return the certificate of a CWT that is no EU certificate, and what it asserts."""
    source = typed(payload, dict)
    label = LIGHT if HCERT not in source and LIGHT in source else HCERT
    container = required(source, label, dict)
    with inside("hcert"):
        certificate = required(container, DCC, dict)
    if label == LIGHT:
        return certificate, dcc.Assertion(national.issued(national.LIGHT), {})
    issuer = optional(source, ISS, str)
    return certificate, national.read(national.RELATIVES[variant], issuer, certificate)


def write(payload: Mapping[int, Any], signer: Signer, *, kid: bytes) -> str:
    """Return a CWT map signed as an ``HC1:`` text, for tests and migration.

    ``kid`` are the first 8 bytes of SHA-256 over the signer's certificate (DER).

    Raises:
        UnsupportedError: a key that this format has no algorithm for.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    row = signer.public_key.algorithm
    alg = next((label for label, rows in _ALGORITHMS.items() if rows[0] is row), None)
    if alg is None:
        raise UnsupportedError(f"no {row.name} keys in this format")
    body = cbor.encode(payload)
    protected = cbor.encode({sign1.ALG: alg, sign1.KID: kid})
    signature = signer.sign(cose.to_be_signed(protected, body))
    message = b"\xd2" + cose.join(protected, body, signature)
    text = PREFIX + base45.encode(deflate(message, Wrapping.ZLIB))
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return text


def _payload(data: bytes) -> Any:
    """Return the decoded payload; few have tags, which are then taken off their values."""
    try:
        return cbor.decode(data, indefinite=True)
    except MalformedError:
        return _untagged(cbor.decode(data, tags=_TAGS, indefinite=True))


def _untagged(value: Any) -> Any:
    if type(value) is cbor2.CBORTag:
        return value.value
    if type(value) is dict:
        return {key: _untagged(entry) for key, entry in value.items()}
    return [_untagged(entry) for entry in value] if type(value) is list else value
