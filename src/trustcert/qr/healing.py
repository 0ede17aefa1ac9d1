"""Texts as scanners and people hand them over, back to texts as issuers wrote them.

A hand-held scanner types what it reads, and a keyboard layout, an input method or a web page may
change it on the way. Healing undoes what can be undone in one way only, here and nowhere else; the
decoders stay strict, and a healed text counts only when its signature holds.

===========================================  ==================================================
what happened                                what is done
===========================================  ==================================================
CR, LF, tab, NUL, BOM, zero-width space      dropped: no format contains them
full-width forms, ideographic space, NBSP    the ASCII they stand for
``。`` ``￥`` ``——`` of Chinese input methods  ``.`` ``$`` ``_``
AIM symbology identifier (``]Q1``) in front  dropped (ISO/IEC 15424)
spaces around                                dropped, see below
scanned twice                                once
prefix twice                                 once
in a URL, perhaps percent-encoded            the fragment or query value that holds it
case changed                                 upper case where the alphabet has no lower case
                                             (base45, base32), lower case for ``shc:/``
===========================================  ==================================================

Spaces. Space is a base45 digit, so no inner space is ever touched. Spaces around are never part
of a text: the last of three digits is at most 32 (a value is at most 65535, 32 * 2025 = 64800),
the last of two at most 5, and space is 36. So a base45 text cannot end with a space either, and
none can be lost there. In front stands a prefix, or the zlib header of a Claim 169 text, whose
first digit is never a space.

What cannot be healed is left alone: a JWT in another case, a text in no known format, JSON. A
text that is in order comes back unchanged, and healing twice is healing once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_plus

from trustcert.encoding import base45
from trustcert.errors import MalformedError
from trustcert.limits import TEXT_CHARACTERS

_BASE45: Final = ("TC1:", "HC1:")
_PREFIXES: Final = (*_BASE45, "NZCP:/", "shc:/")
_LONGEST: Final = 4 * TEXT_CHARACTERS  # every character percent-encoded, and a URL around it

_IN_ORDER: Final = re.compile(r"(TC1:|HC1:)(?!TC1:|HC1:)[0-9A-Z $%*+./:-]{1,7085}(?<! )")
_JWT: Final = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*(?:~[\w.~-]*)?", re.ASCII)
_AIM: Final = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_ZLIB: Final = re.compile(r"(?:6BF|NCF|V7F|Y9F)[0-9A-Z $%*+./:-]{40,}")
# zlib headers 789C, 78DA, 7801 and 785E as base45: what a Claim 169 text starts with.

_PAIRS: Final = 16  # of a query looked at

_NOWHERE: Final = dict.fromkeys(map(ord, "\r\n\t\0\ufeff\u200b\u2060"))
_ENDS: Final = " \r\n\t\0\ufeff\u200b\u2060\x02\x03\x04\x1d"
_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x00A0: " ",
    0x3002: ".",
    0xFF61: ".",
    0xFFE5: "$",
    0x00A5: "$",
}


def heal(text: str) -> str:
    """Return ``text`` with the known accidents of its way undone, or unchanged."""
    if len(text) > _LONGEST or (_IN_ORDER.fullmatch(text) and _once(text) == text):
        return text
    bare = _AIM.sub("", text.strip(_ENDS), count=1)
    if bare.startswith("{"):
        return bare
    narrow = _narrow(bare)
    if _URL.match(narrow):
        return _out_of_url(narrow) or bare
    return _known(narrow) or bare


def _narrow(text: str) -> str:
    if text.isascii():
        return text
    return text.replace("\u2014\u2014", "_").translate(_NARROW).strip(_ENDS)


def _known(text: str) -> str | None:
    """Return the healed text of a known format, or ``None`` for any other text."""
    lines = {line.strip(_ENDS) for line in text.splitlines()} - {""}
    joined = (lines.pop() if len(lines) == 1 else text).translate(_NOWHERE)
    if not joined.isascii():
        return None
    for prefix in _PREFIXES:
        if joined[: len(prefix)].upper() == prefix.upper():
            return _prefixed(prefix, joined)
    once = _once(joined)
    if _JWT.fullmatch(once):
        return once
    upper = _once(joined.upper())
    return upper if _ZLIB.fullmatch(upper) and _decodes(upper) else None


def _prefixed(prefix: str, text: str) -> str:
    text = prefix + text[len(prefix) :] if prefix == "shc:/" else text.upper()
    text = _once(text)
    while text[len(prefix) : 2 * len(prefix)].upper() == prefix.upper():
        text = text[len(prefix) :]
    return text


def _once(text: str) -> str:
    """Return the first half of a text that is twice the same credential."""
    half, odd = divmod(len(text), 2)
    if odd or text[:half] != text[half:]:
        return text
    first = text[:half]
    whole = first.startswith(_PREFIXES) or _JWT.fullmatch(first) or _ZLIB.fullmatch(first)
    return _once(first) if whole else text


def _out_of_url(url: str) -> str | None:
    """Return the one credential in ``url``, or ``None`` where there is none or it is not plain.

    A fragment or value may be percent-encoded, form-encoded or bare, and ``%``, ``+`` and digits
    are base45 digits themselves: the reading that decodes is the right one, if there is only one.
    """
    found: dict[str, None] = {}
    for part in _parts(url):
        for reading in _readings(part):
            healed = _known(reading.strip(_ENDS))
            if healed is not None and _decodes(healed):
                found[healed] = None
    return next(iter(found)) if len(found) == 1 else None


def _readings(part: str) -> Iterator[str]:
    """Yield what ``part`` may stand for: an encoder that writes ``%2B`` means a space by ``+``."""
    yield part
    encoded = part.upper()
    if "+" not in part or "%2B" not in encoded:
        yield unquote(part)
    if "+" in part and "%20" not in encoded:
        yield unquote_plus(part)


def _parts(url: str) -> Iterator[str]:
    address, _, fragment = url.partition("#")
    yield fragment
    _, _, query = address.partition("?")
    for inside in (query, fragment.partition("?")[2], fragment):
        for pair in inside.split("&")[:_PAIRS]:
            yield pair.partition("=")[2]
    yield address.rpartition("/")[2]


def _decodes(text: str) -> bool:
    prefixed = text.startswith(_BASE45)
    if not prefixed and not _ZLIB.fullmatch(text):
        return True
    try:
        base45.decode(text[len(_BASE45[0]) :] if prefixed else text)
    except MalformedError:
        return False
    return True
