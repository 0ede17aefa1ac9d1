"""New Zealand COVID Passes (specification 1.0): ``NZCP:/1/`` and base32 of a COSE_Sign1.

Tag 18 is required; kid (a text, as bytes) and ``alg`` ES256 stand in the protected header. The
CWT holds ``iss`` (a ``did:web``), ``nbf``, ``exp``, ``cti`` (a UUID) and ``vc``, a verifiable
credential of type ``PublicCovidPass``, which asserts no event: that it was issued says that its
holder fulfilled the rule of the time. The issuer's DID document must name the key as an
assertion method; that is the business of the trust data.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

import cbor2

from trustcert import cose
from trustcert.claims import Claims, Colour, HealthCode, Holder
from trustcert.claims.external_status import from_credential
from trustcert.encoding import base32, cbor
from trustcert.encoding.fields import each, required, text, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import layers as layers_of
from trustcert.formats.content import lenient
from trustcert.formats.envelope import Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import ESP256, Signer
from trustcert.limits import TEXT_CHARACTERS

__all__ = [
    "CREDENTIAL_TYPES",
    "CTI",
    "EXP",
    "ISS",
    "LONGEST",
    "NAME",
    "NBF",
    "PREFIX",
    "TYPE",
    "VC",
    "VERSION",
    "claims",
    "decode",
    "layers",
    "recognises",
    "write",
]

NAME: Final = "nzcp"
PREFIX: Final = "NZCP:/"
VERSION: Final = "1/"
LONGEST: Final = TEXT_CHARACTERS
TYPE: Final = "PublicCovidPass"
CREDENTIAL_TYPES: Final = ("VerifiableCredential", TYPE)

ISS, EXP, NBF, CTI, VC = 1, 4, 5, 7, "vc"

_UUID: Final = 37
"""The tag of a binary UUID, which some libraries put around ``cti``."""
_ALGORITHMS: Final = {-7: (ESP256,)}


def recognises(text: str) -> bool:
    """Return whether ``text`` begins with ``NZCP:/``."""
    return text.startswith(PREFIX)


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not base32 of a tagged COSE_Sign1; ``where`` is the part.
        UnsupportedError: another version than 1, or another algorithm than ES256.
    """
    if not text.startswith(PREFIX + VERSION):
        raise UnsupportedError("a pass of another version than 1")
    with inside("base32"):
        message = base32.decode(text[len(PREFIX + VERSION) :])
    parsed = cose.read(message)
    if not parsed.is_tagged:
        raise MalformedError("must have tag 18", where="cose")
    if cose.KID not in parsed.protected:
        raise MalformedError("is missing", where="cose.protected.kid")
    return Envelope(
        format=NAME,
        kid=parsed.kid(),
        algorithms=parsed.algorithms(_ALGORITHMS),
        signed=parsed.signed,
        signature=parsed.signature,
        payload=parsed.payload,
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: a claim is missing or wrong; ``where`` names it.
        UnsupportedError: a credential of another type.
    """
    source = typed(cbor.decode(envelope.payload, tags=frozenset({_UUID}), indefinite=True), dict)
    issuer = required(source, ISS, str)
    if not issuer.startswith("did:web:"):
        raise MalformedError("must be a did:web", where="iss")
    not_before = lenient.seconds(source, NBF, "nbf")
    expires = lenient.seconds(source, EXP, "exp", up=True)
    for where, value in (("nbf", not_before), ("exp", expires)):
        if value is None:
            raise MalformedError("is missing", where=where)
    with inside(VC):
        credential = required(source, VC, dict)
        if not set(CREDENTIAL_TYPES) <= set(each(credential, "type", text)):
            raise UnsupportedError("a pass of another type than PublicCovidPass")
        subject = required(credential, "credentialSubject", dict)
        status = from_credential(credential)
    return Claims(
        issuer=issuer,
        issued_at=not_before or 0,
        not_before=not_before,
        expires=expires,
        id=_id(source.get(CTI)),
        holder=Holder(
            name=lenient.name(subject.get("givenName"), subject.get("familyName")),
            birth_date=lenient.day(subject.get("dob")),
        ),
        details=HealthCode(colour=Colour.GREEN, assigned_by=lenient.words(issuer), rule=TYPE),
        original=credential,
        external_status=status,
    )


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    data = base32.decode(text.rpartition("/")[2])
    yield Layer(name="base32", size=len(data))
    yield from layers_of.of_cose(data)


def write(
    *, issuer: str, kid: str, subject: Mapping[str, str], validity: tuple[int, int], signer: Signer
) -> str:
    """Return a pass as text, for tests and migration; ``validity`` is ``nbf`` and ``exp``.

    Raises:
        UnsupportedError: the key is not a P-256 one.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    if signer.public_key.algorithm is not ESP256:
        raise UnsupportedError("passes are signed with ES256 alone")
    body = cbor.encode(
        {
            ISS: issuer,
            NBF: validity[0],
            EXP: validity[1],
            CTI: uuid.uuid4().bytes,
            VC: {
                "@context": ["https://www.w3.org/2018/credentials/v1"],
                "version": "1.0.0",
                "type": list(CREDENTIAL_TYPES),
                "credentialSubject": dict(subject),
            },
        }
    )
    header = {cose.KID: kid.encode(), cose.ALG: ESP256.cose_polymorphic}
    message = cose.sign(header, body, signer, tagged=True)
    text = PREFIX + VERSION + base32.encode(message)
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return text


def _id(value: Any) -> bytes:
    if type(value) is cbor2.CBORTag:
        value = value.value
    if type(value) is not bytes or len(value) != 16:
        raise MalformedError("must be a UUID of 16 bytes", where="cti")
    return value
