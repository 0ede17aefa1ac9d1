"""Credential formats: text to an untrusted envelope, and claims to signed text.

Each format is one module that fulfils :class:`Format`; none imports another. To add one, write
the module and put it into :data:`FORMATS`.
"""

from __future__ import annotations

from typing import Final

from trustcert.claims import Claims
from trustcert.encoding import json
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats import (
    claim169,
    compact,
    elsewhere,
    hcert,
    jwt,
    mdoc,
    nzcp,
    sdjwt,
    shc,
    vdsnc,
)
from trustcert.formats.envelope import (
    Compatibility,
    Envelope,
    Format,
    KeyBinding,
    WritableFormat,
    shown_kid,
)
from trustcert.formats.key_binding import Challenge
from trustcert.formats.multipart import Part, join, part_of
from trustcert.limits import CODE_PARTS, MESSAGE_CHARACTERS

__all__ = [
    "FORMATS",
    "WRITABLE",
    "Challenge",
    "Compatibility",
    "Envelope",
    "Format",
    "KeyBinding",
    "Part",
    "WritableFormat",
    "decode",
    "from_file",
    "join",
    "open_claims",
    "part_of",
    "recognise",
    "shown_kid",
]

FORMATS: Final[tuple[Format, ...]] = (
    compact,
    hcert,
    shc,
    nzcp,
    sdjwt,
    jwt,
    vdsnc,
    mdoc,
    claim169,
)
WRITABLE: Final[dict[str, WritableFormat]] = {
    compact.NAME: compact,
    jwt.NAME: jwt,
    sdjwt.NAME: sdjwt,
}

_BY_NAME: Final[dict[str, Format]] = {format_.NAME: format_ for format_ in FORMATS}


def recognise(text: str) -> Format | None:
    """Return the format that ``text`` is meant to be of, by how it begins; None for no credential.

    No text is of two formats.
    """
    return next((format_ for format_ in FORMATS if format_.recognises(text)), None)


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``, of whatever format.

    Raises:
        LimitExceededError: longer than the longest text of its format.
        MalformedError: of no format, or not what its format says.
        UnsupportedError: well-formed, but not spoken here; other kinds of codes are named.
    """
    if len(text) > MESSAGE_CHARACTERS:
        raise LimitExceededError(f"credential text of over {MESSAGE_CHARACTERS} characters")
    format_ = recognise(text)
    if format_ is None:
        other = elsewhere.named(text)
        if other is not None:
            raise UnsupportedError(other)
        raise MalformedError("no credential format begins like this")
    if len(text) > format_.LONGEST:
        raise LimitExceededError(f"credential text of over {format_.LONGEST} characters")
    return format_.decode(text)


def open_claims(envelope: Envelope) -> Claims:
    """Return the claims of an envelope whose signature was verified.

    Raises:
        MalformedError: the payload does not parse; ``where`` is the claim.
        UnsupportedError: the payload holds something that is not known here.
    """
    return _BY_NAME[envelope.format].claims(envelope)


def from_file(data: bytes) -> tuple[str, ...]:
    """Return the credential texts in a file: a ``.smart-health-card``, or a text one a line.

    A byte order mark in front is dropped.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.MESSAGE_CHARACTERS` bytes, or over
            :data:`~trustcert.limits.CODE_PARTS` texts.
        MalformedError: not UTF-8 (or UTF-16 with its mark), or without a text.
    """
    if len(data) > MESSAGE_CHARACTERS:
        raise LimitExceededError(f"file of over {MESSAGE_CHARACTERS} bytes")
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig").strip("\r\n\t\0")
    except UnicodeDecodeError:
        raise MalformedError("is no text in UTF-8") from None
    if text.startswith("{"):
        source = json.decode(text, limit=MESSAGE_CHARACTERS)
        return shc.from_file(text.encode()) if "verifiableCredential" in source else (text,)
    texts = tuple(line for line in text.splitlines() if line.strip())
    if not texts:
        raise MalformedError("holds no text")
    if len(texts) > CODE_PARTS:
        raise LimitExceededError(f"holds over {CODE_PARTS} texts")
    return texts
