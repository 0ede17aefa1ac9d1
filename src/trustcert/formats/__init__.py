"""Credential formats: text to an untrusted envelope, and claims to signed text.

Each format is one module that fulfils :class:`Format`; none imports another. To add one, write
the module and put it into :data:`FORMATS`.
"""

from __future__ import annotations

from typing import Final

from trustcert.claims import Claims
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.formats import claim169, compact, hcert, jwt, mdoc, nzcp, sdjwt, shc, vdsnc
from trustcert.formats.envelope import (
    Compatibility,
    Envelope,
    Format,
    KeyBinding,
    WritableFormat,
    shown_kid,
)
from trustcert.formats.key_binding import Challenge
from trustcert.formats.parts import Part, join, part_of
from trustcert.limits import MESSAGE_CHARACTERS, TEXT_CHARACTERS

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

_BEYOND_QR: Final = frozenset({"shc", "sd_jwt", "mdoc"})
_BY_PREFIX: Final[dict[str, Format]] = {"TC1:": compact, "HC1:": hcert}
"""The formats that four characters are enough to tell: what most codes are."""
_LIKELY: Final[dict[str, Format]] = {"shc": shc, "NZC": nzcp, "eyJ": jwt}
"""Whom to ask first, by how a text begins: no text is of two formats, so the order is free."""
_BY_NAME: Final[dict[str, Format]] = {format_.NAME: format_ for format_ in FORMATS}


def recognise(text: str) -> Format | None:
    """Return the format that ``text`` is meant to be of, by its prefix; None for no credential."""
    likely = _LIKELY.get(text[:3])
    if likely is not None and likely.recognises(text):
        return likely
    for format_ in FORMATS:
        if format_.recognises(text):
            return format_
    return None


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``, of whatever format.

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.TEXT_CHARACTERS`, or than
            :data:`~trustcert.limits.MESSAGE_CHARACTERS` of a format that travels in several
            codes or without one.
        MalformedError: of no format, or not what its format says.
        UnsupportedError: well-formed, but not spoken here.
    """
    if len(text) > MESSAGE_CHARACTERS:
        raise LimitExceededError(f"credential text of over {MESSAGE_CHARACTERS} characters")
    format_ = _BY_PREFIX.get(text[:4]) or recognise(text)
    if format_ is None:
        raise MalformedError("no credential format begins like this")
    if len(text) > TEXT_CHARACTERS and format_.NAME not in _BEYOND_QR:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return format_.decode(text)


def open_claims(envelope: Envelope) -> Claims:
    """Return the claims of an envelope whose signature was verified.

    Raises:
        MalformedError: the payload does not parse; ``where`` is the claim.
        UnsupportedError: the payload holds something that is not known here.
    """
    return _BY_NAME[envelope.format].claims(envelope)


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
    "join",
    "open_claims",
    "part_of",
    "recognise",
    "shown_kid",
]
