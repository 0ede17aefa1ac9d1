"""Why an SM2 signature does not verify: the usual mismatches between implementations, tried.

Nothing here accepts anything. :func:`diagnose` tells whether a key, a message and a signature fit
as the standard has it; where they do not, it looks for one reading of each under which they
would, so that the other side's programmer knows what to change.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidSignature

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.keys import der as asn1
from trustcert.keys import sm2
from trustcert.keys.der import raw_from_der
from trustcert.keys.sm2 import SIZE, Sm2PublicKey, sm3
from trustcert.limits import SM2_DOCTOR_BYTES
from trustcert.values import PublicValue

__all__ = ["TLS_ID", "Diagnosis", "diagnose"]

TLS_ID: Final = "TLSv1.3+GM+Cipher+Suite"
"""The ID of RFC 8998, for handshakes only."""


class Diagnosis(PublicValue, frozen=True, kw_only=True):
    """Whether the three fit; if not, the mismatches under which they would, none if none is known.

    ``fits`` is the standard's answer and the only one that counts.
    """

    fits: bool
    mismatches: tuple[str, ...] = ()


_Reading = tuple[bytes, tuple[str, ...]]
"""One way to take an input, and what it takes for granted; nothing for the standard's way."""


def diagnose(
    key: bytes, message: bytes, signature: bytes, *, identifier: str = sm2.DEFAULT_ID
) -> Diagnosis:
    """Return what fits and what does not, by the reading with the fewest mismatches.

    ``key`` is PEM, DER (SubjectPublicKeyInfo) or a point, as it is, in hexadecimal or in base64;
    ``signature`` is what the other side sent, ``message`` what was to be signed.

    Raises:
        MalformedError: ``key`` is no key of SM2 in any of these forms.
        LimitExceededError: an input larger than the doctor reads.
    """
    for name, value in (("key", key), ("message", message), ("signature", signature)):
        if len(value) > SM2_DOCTOR_BYTES:
            raise LimitExceededError(f"over {SM2_DOCTOR_BYTES} bytes", where=name)
    keys = list(_keys(key))
    if not keys:
        raise MalformedError("no key of SM2 in any known form", where="key")
    signatures = list(_signatures(signature))
    found = [
        (*of_key, *of_signature, *of_digest)
        for point, of_key in keys
        for digest, of_digest in _digests(point, message, identifier)
        for raw, of_signature in signatures
        if _holds(point, raw, digest)
    ]
    best = min(found, key=len, default=None)
    return Diagnosis(fits=best == (), mismatches=best or ())


def _holds(point: Sm2PublicKey, signature: bytes, digest: bytes) -> bool:
    try:
        point.verify_digest(signature, digest)
    except InvalidSignature:
        return False
    return True


def _keys(data: bytes) -> Iterator[tuple[Sm2PublicKey, tuple[str, ...]]]:
    """Yield each point that ``data`` may mean."""
    for value, _ in _texts(data, "the key"):
        body = value
        if b"-----BEGIN PUBLIC KEY-----" in value:
            body = _base64(value.partition(b"KEY-----")[2].partition(b"-----END")[0])
        if sm2.is_spki(body):
            body = body[len(sm2.SPKI_PREFIX) :]
        notes: tuple[str, ...] = ()
        if len(body) == 2 * SIZE:
            body, notes = b"\x04" + body, ("the point lacks its leading 04",)
        with suppress(MalformedError):
            yield Sm2PublicKey(body), notes


def _signatures(data: bytes) -> Iterator[_Reading]:
    """Yield each r‖s that ``data`` may mean."""
    for value, notes in _texts(data, "the signature"):
        raw, told = value, notes
        try:
            raw = raw_from_der(value, SIZE)
            told = (*notes, "the signature is DER (SEQUENCE of r and s), not raw r‖s")
        except MalformedError:
            unsigned = _unsigned_der(value)
            if unsigned:
                note = "an INTEGER of the DER lacks the zero octet that keeps it positive"
                yield unsigned, (*notes, note)
        if len(raw) == 2 * SIZE - 1:
            yield b"\0" + raw, (*told, "r lost its leading zero")
            yield raw[:SIZE] + b"\0" + raw[SIZE:], (*told, "s lost its leading zero")
        if len(raw) == 2 * SIZE:
            r, s = raw[:SIZE], raw[SIZE:]
            yield raw, told
            yield s + r, (*told, "r and s are swapped")
            yield r[::-1] + s[::-1], (*told, "r and s are little-endian")


def _unsigned_der(value: bytes) -> bytes:
    """Return r‖s of DER whose INTEGERs are written as if they were never negative, or nothing."""
    with suppress(MalformedError):
        parts = asn1.inner(value)
        if len(parts) == 2 and all(p.tag == asn1.INTEGER for p in parts):
            numbers = [part.content.lstrip(b"\0") for part in parts]
            if all(len(number) <= SIZE for number in numbers):
                return b"".join(number.rjust(SIZE, b"\0") for number in numbers)
    return b""


def _digests(key: Sm2PublicKey, message: bytes, identifier: str) -> Iterator[_Reading]:
    """Yield each e that the signer may have made of the message."""
    identities: dict[str, tuple[str, ...]] = {identifier: ()}
    for other in (sm2.DEFAULT_ID, TLS_ID, ""):
        named = f"the ID {other!r}" if other else "an empty ID"
        identities.setdefault(other, (f"the signature was made under {named}",))
    for taken, notes in _messages(message):
        for name, told in identities.items():
            z = key.identity(name.encode())
            yield sm3(z + taken), (*notes, *told)
            yield sm3(z + sm3(taken)), (*notes, *told, "the message was hashed with SM3 before")
        yield sm3(taken), (*notes, "there is no Z: e is SM3 of the message alone")
        sha256 = hashlib.sha256(taken).digest()
        yield sha256, (*notes, "there is no Z, and SHA-256 stands in the place of SM3")
        if len(taken) == SIZE:
            yield taken, (*notes, "there is no Z: the message itself was taken for e")


def _messages(data: bytes) -> Iterator[_Reading]:
    """Yield each message that may have been signed."""
    yield from _texts(data, "the message")
    signed = "what was signed is the message in "
    yield data.hex().encode(), (f"{signed}hexadecimal",)
    yield data.hex().upper().encode(), (f"{signed}hexadecimal, capital letters",)
    yield base64.b64encode(data), (f"{signed}base64",)
    shorter = data.removesuffix(b"\n").removesuffix(b"\r")
    if shorter != data:
        yield shorter, ("the message has a line end here that was not signed",)
    else:
        for end in (b"\n", b"\r\n"):
            yield data + end, ("the message was signed with a line end that it lacks here",)


def _texts(data: bytes, what: str) -> Iterator[_Reading]:
    """Yield ``data`` as it is, and as the bytes that it may be the text of."""
    yield data, ()
    with suppress(ValueError):
        if plain := bytes.fromhex(data.decode("ascii").removeprefix("0x")):
            yield plain, (f"{what} is hexadecimal text, not bytes",)
    if plain := _base64(data):
        yield plain, (f"{what} is base64 text, not bytes",)


def _base64(text: bytes) -> bytes:
    with suppress(ValueError):
        return base64.b64decode(b"".join(text.split()), validate=True)
    return b""
