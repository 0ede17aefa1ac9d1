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

from collections.abc import Iterator, Mapping
from typing import Any, Final

import cbor2

from trustcert import cose
from trustcert.claims import Claims
from trustcert.encoding import base45, cbor
from trustcert.encoding.deflate import Wrapping, deflate, inflate
from trustcert.encoding.fields import optional, required, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import layers as layers_of
from trustcert.formats.content import dcc, lenient, national
from trustcert.formats.envelope import Compatibility, Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import ES256_P384, ESP256, PS256, Signer
from trustcert.limits import TEXT_CHARACTERS

__all__ = [
    "DCC",
    "EXP",
    "HCERT",
    "IAT",
    "ISS",
    "LIGHT",
    "LONGEST",
    "NAME",
    "PREFIX",
    "claims",
    "decode",
    "layers",
    "recognises",
    "write",
]

NAME: Final = "hcert"
PREFIX: Final = "HC1:"
LONGEST: Final = TEXT_CHARACTERS

ISS: Final = 1
EXP: Final = 4
IAT: Final = 6
HCERT: Final = -260
LIGHT: Final = -250
DCC: Final = 1

_PREFIXES: Final = frozenset({PREFIX, *national.RELATIVES})
_ALGORITHMS: Final = cose.by_number(ESP256, ES256_P384, PS256)
_TAGS: Final = frozenset({0, 1, 100, 1004})
"""Dates and times (RFC 8949 section 3.4, RFC 8943): some issuers tag them."""
_OTHER_CONTENT: Final = {5: "a SMART Health Link", -6: "a WHO vaccination certificate (ICVP)"}
"""Keys of claim -260 beside 1, as the WHO's network (GDHCN) uses them."""


def recognises(text: str) -> bool:
    """Return whether ``text`` begins with ``HC1:`` or a relative's prefix."""
    return text[: len(PREFIX)] in _PREFIXES


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not this container; ``where`` is the layer (``base45``, ``zlib``,
            ``cose.protected`` …).
        UnsupportedError: an algorithm that is not spoken here.
    """
    variant = text[: len(PREFIX)]
    if variant not in _PREFIXES:
        raise MalformedError(f"must begin with {PREFIX}")
    with inside("base45"):
        compressed = base45.decode(text.removeprefix(variant))
    with inside("zlib"):
        data = inflate(compressed, Wrapping.ZLIB)
    message = cose.read(data)
    is_outside = cose.ALG not in message.protected
    return Envelope(
        format=NAME,
        kid=message.kid(),
        algorithms=message.algorithms(_ALGORITHMS, unprotected=is_outside),
        signed=message.signed,
        signature=message.signature,
        payload=message.payload,
        compatibility=frozenset({Compatibility.ALG_UNPROTECTED} if is_outside else ()),
        variant=variant,
    )


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
    if DCC not in container and container:
        number = next(iter(container))
        known = _OTHER_CONTENT.get(number, f"content {number!r:.20}") if type(number) is int else ""
        raise UnsupportedError(f"claim -260 holds {known or 'content'}, which is not read here")
    with inside("hcert"):
        certificate = required(container, DCC, dict)
    if label == LIGHT:
        return certificate, dcc.Assertion(national.issued(national.LIGHT), {})
    issuer = optional(source, ISS, str)
    return certificate, national.read(national.RELATIVES[variant], issuer, certificate)


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    return layers_of.of_base45(text.partition(":")[2])


def write(payload: Mapping[int, Any], signer: Signer, *, kid: bytes) -> str:
    """Return a CWT map signed as an ``HC1:`` text, for tests and migration.

    ``kid`` are the first 8 bytes of SHA-256 over the signer's certificate (DER).

    Raises:
        UnsupportedError: a key that this format has no algorithm for.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    row = signer.public_key.algorithm
    alg = next((number for number, rows in _ALGORITHMS.items() if rows[0] is row), None)
    if alg is None:
        raise UnsupportedError(f"no {row.name} keys in this format")
    message = cose.sign({cose.ALG: alg, cose.KID: kid}, cbor.encode(payload), signer, tagged=True)
    text = PREFIX + base45.encode(deflate(message, Wrapping.ZLIB))
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return text


def _payload(data: bytes) -> Any:
    """Return the decoded payload, with the tags of dates and times taken off their values."""
    return _untagged(cbor.decode(data, tags=_TAGS, indefinite=True))


def _untagged(value: Any) -> Any:
    if type(value) is cbor2.CBORTag:
        return value.value
    if isinstance(value, Mapping):
        return {key: _untagged(entry) for key, entry in value.items()}
    return [_untagged(entry) for entry in value] if isinstance(value, (list, tuple)) else value
