"""New Zealand COVID Passes (specification 1.0): ``NZCP:/1/`` and base32 of a COSE_Sign1.

Tag 18 is required; kid (a text, as bytes) and ``alg`` ES256 stand in the protected header. The
CWT holds ``iss`` (a ``did:web``), ``nbf``, ``exp``, ``cti`` (a UUID) and ``vc``, a verifiable
credential of type ``PublicCovidPass``, which asserts no event: that it was issued says that its
holder fulfilled the rule of the time. The issuer's DID document must name the key as an
assertion method; that is the business of the trust data.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import cbor2

from trustcert.claims import Claims, Colour, HealthCode, Holder
from trustcert.claims.external_status import from_credential
from trustcert.encoding import base32, cbor
from trustcert.encoding.fields import each, required, text, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import cose, sign1
from trustcert.formats.content import lenient
from trustcert.formats.envelope import Envelope
from trustcert.keys import ESP256, Signer
from trustcert.limits import TEXT_CHARACTERS

NAME: Final = "nzcp"
PREFIX: Final = "NZCP:/"
VERSION: Final = "1/"
TYPE: Final = "PublicCovidPass"
CREDENTIAL_TYPES: Final = ("VerifiableCredential", TYPE)
ALG_ES256: Final = -7

ISS, EXP, NBF, CTI, VC = 1, 4, 5, 7, "vc"

_UUID: Final = 37
"""The tag of a binary UUID, which some libraries put around ``cti``."""


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
    parsed = sign1.parse(message)
    if not parsed.tagged:
        raise MalformedError("must have tag 18", where="cose")
    kid, alg = parsed.protected.get(sign1.KID), parsed.protected.get(sign1.ALG)
    if type(kid) is not bytes:
        raise MalformedError("must be a byte string", where="cose.protected.kid")
    if type(alg) is not int or alg != ALG_ES256:
        raise UnsupportedError("cose.protected.alg must be ES256")
    return Envelope(
        format=NAME,
        kid=kid,
        algorithms=(ESP256,),
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
    protected = cbor.encode({sign1.KID: kid.encode(), sign1.ALG: ALG_ES256})
    signature = signer.sign(cose.to_be_signed(protected, body))
    message = b"\xd2" + cose.join(protected, body, signature)
    found = PREFIX + VERSION + base32.encode(message)
    if len(found) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return found


def _id(value: Any) -> bytes:
    if type(value) is cbor2.CBORTag:
        value = value.value
    if type(value) is not bytes or len(value) != 16:
        raise MalformedError("must be a UUID of 16 bytes", where="cti")
    return value
