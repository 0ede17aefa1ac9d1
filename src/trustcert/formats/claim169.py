"""Identity QR codes of CWT claim 169 (MOSIP): base45 and zlib of a COSE message, no prefix (read).

The message is a COSE_Sign1 over a CWT, or a COSE_Encrypt0 around one: :func:`decrypted` opens
that with the application's key and returns the text of what was inside, to be judged like any
other. Much in the field is not signed at all: that is said, and nothing of it is believed.

The number in the claim names a person, so it never becomes the credential's id: that is the CWT's
own (``cti``), where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustcert import cose
from trustcert.claims import Claims, Holder, Identity
from trustcert.encoding import base45, cbor
from trustcert.encoding.deflate import Wrapping, deflate, inflate
from trustcert.encoding.fields import optional, required, typed
from trustcert.errors import MalformedError, UnsupportedError, VerificationError, inside
from trustcert.formats import layers as layers_of
from trustcert.formats.content import lenient
from trustcert.formats.envelope import Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import ED25519, ESP256, ESP384, PS256
from trustcert.limits import HEADER_WITH_CHAIN_BYTES, TEXT_CHARACTERS
from trustcert.report import Finding, Reason, Report, Step, Verdict
from trustcert.sentences import sentence

__all__ = [
    "CLAIM",
    "EXP",
    "IAT",
    "ISS",
    "LONGEST",
    "NAME",
    "NBF",
    "SUB",
    "claims",
    "decode",
    "decrypted",
    "layers",
    "recognises",
]

NAME: Final = "claim_169"
LONGEST: Final = TEXT_CHARACTERS
CLAIM: Final = 169
ISS, SUB, EXP, NBF, IAT, _CTI = 1, 2, 4, 5, 6, 7

_ID, _FULL_NAME, _FIRST, _MIDDLE, _LAST, _BORN = 1, 4, 5, 6, 7, 8
_NATIONALITY, _OTHER_NAME = 13, 19
_TAIL: Final = 4

_ZLIB: Final = 0x78
_ENCRYPT0: Final = 16
_TAG_ENCRYPT0: Final = b"\xd0"
_A256GCM: Final = 3
_AEAD: Final = {1: 16, 2: 24, _A256GCM: 32}
"""AES-GCM with the key sizes of RFC 9053 section 4.1, in bytes."""

_ALGORITHMS: Final = cose.by_number(ED25519, ESP256, ESP384, PS256)


def recognises(text: str) -> bool:
    """Return whether ``text`` begins like base45 of a zlib stream (RFC 1950 section 2.2)."""
    try:
        header = base45.decode(text[:3])
    except MalformedError:
        return False
    return len(header) == 2 and header[0] == _ZLIB and int.from_bytes(header, "big") % 31 == 0


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``; its signature is empty where nobody signed.

    Raises:
        MalformedError: not such a message; ``where`` is the layer.
        UnsupportedError: encrypted, or an algorithm that is not spoken here.
    """
    message = _message(text)
    if message.startswith(_TAG_ENCRYPT0):
        raise UnsupportedError("cose is encrypted; the application must open it with its key")
    parsed = cose.read(message, unprotected_bytes=HEADER_WITH_CHAIN_BYTES)
    return Envelope(
        format=NAME,
        kid=parsed.kid(needed=False),
        algorithms=parsed.algorithms(_ALGORITHMS),
        signed=parsed.signed,
        signature=parsed.signature,
        payload=parsed.payload,
        certificates=parsed.certificates(),
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not a CWT with claim 169; ``where`` names the claim.
    """
    source = typed(cbor.decode(envelope.payload, indefinite=True), dict)
    issued_at = lenient.seconds(source, IAT, "iat")
    if issued_at is None:
        raise MalformedError("is missing", where="iat")
    person = required(source, CLAIM, dict)
    number = lenient.words(person.get(_ID))
    return Claims(
        issuer=required(source, ISS, str),
        issued_at=issued_at,
        not_before=lenient.seconds(source, NBF, "nbf"),
        expires=lenient.seconds(source, EXP, "exp", up=True),
        subject=optional(source, SUB, str),
        id=_id(source, number),
        holder=Holder(
            name=_name(person),
            name_latin=lenient.name(person.get(_OTHER_NAME)),
            document_tail=None if number is None else number[-_TAIL:],
            birth_date=lenient.day(person.get(_BORN)),
            nationality=lenient.words(person.get(_NATIONALITY), 3),
        ),
        details=Identity(),
        original={str(key): value for key, value in person.items()},
    )


def _id(source: Mapping[Any, Any], number: str | None) -> bytes | None:
    """Return the CWT's own id, unless it is the person's number over again."""
    found = optional(source, _CTI, bytes)
    return found if found and found != (number or "").encode() else None


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    return layers_of.of_base45(text)


def decrypted(text: str, key: bytes) -> str:
    """Return the text of the message that ``text`` encrypts (COSE_Encrypt0, AES-GCM).

    What was encrypted without a signature comes out as a message with an empty one.

    Raises:
        MalformedError: not an encrypted message of this format.
        UnsupportedError: another cipher, or a key of another size than it asks for.
        VerificationError: the key does not open it.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    protected, parameters, ciphertext = _encrypted(_message(text))
    alg, nonce = cose.header(protected, "cose.protected").get(cose.ALG), parameters.get(cose.IV)
    if type(alg) is not int or len(key) != _AEAD.get(alg):
        raise UnsupportedError("a cipher that is not known here, or a key of another size")
    if type(nonce) is not bytes or len(nonce) != 12:
        raise MalformedError("must have 12 bytes", where="cose.unprotected.iv")
    structure = cbor.encode(["Encrypt0", protected, b""])
    try:
        plain = AESGCM(key).decrypt(nonce, ciphertext, structure)
    except InvalidTag:
        raise _not_opened() from None
    inner = plain if plain[:1] in (b"\xd2", b"\x84", b"\xd8") else _unsigned(plain)
    return base45.encode(deflate(inner, Wrapping.ZLIB))


def _encrypted(message: bytes) -> tuple[bytes, Mapping[Any, Any], bytes]:
    tagged = cbor.decode(message, tags=frozenset({_ENCRYPT0}))
    parts = list(getattr(tagged, "value", None) or ())
    if not message.startswith(_TAG_ENCRYPT0) or len(parts) != 3:
        raise MalformedError("must be an encrypted message of three parts", where="cose")
    protected, parameters, ciphertext = parts
    if type(protected) is not bytes or type(ciphertext) is not bytes:
        raise MalformedError("must be byte strings", where="cose")
    if not isinstance(parameters, Mapping):
        raise MalformedError("must be a map of parameters", where="cose.unprotected")
    return protected, parameters, ciphertext


def _unsigned(payload: bytes) -> bytes:
    """Return an unsigned COSE_Sign1 around what was encrypted without one."""
    protected = cbor.encode({cose.ALG: ED25519.cose})
    return cose.join(protected, payload, b"")


def _message(text: str) -> bytes:
    with inside("base45"):
        compressed = base45.decode(text)
    with inside("zlib"):
        return inflate(compressed, Wrapping.ZLIB)


def _name(person: Mapping[Any, Any]) -> str | None:
    whole = lenient.name(person.get(_FULL_NAME))
    return whole or lenient.name(person.get(_FIRST), person.get(_MIDDLE), person.get(_LAST))


def _not_opened() -> VerificationError:
    finding = Finding(
        step=Step.FORMAT,
        verdict=Verdict.INVALID,
        reason=Reason.MALFORMED,
        detail=sentence("the key does not open it"),
        where="cose.ciphertext",
    )
    return VerificationError(Report(verdict=Verdict.INVALID, findings=(finding,), at=None))
