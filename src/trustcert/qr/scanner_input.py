r"""Undo what hand-held scanners, keyboards and people do to a credential's text.

A scanner types what it reads, and a keyboard layout, an input method or a web page may change it
on the way. :func:`heal` undoes what can be undone in one way only, here and nowhere else; the
decoders stay strict, and a healed text counts only when its signature holds.

===========================================  ==================================================
what happened                                what is done
===========================================  ==================================================
CR, LF, tab, NUL, invisible characters       dropped: no format contains them
full-width forms, ideographic space, NBSP    the ASCII they stand for
``。`` ``￥`` ``、`` ``÷`` ``×``, any dash     ``.`` ``$`` ``/`` ``/`` ``*`` ``-``
``——`` in a token                            ``_``
AIM symbology identifier (``]Q1``) in front  dropped (ISO/IEC 15424)
ECI escape (``\000026``) in front            dropped (AIM ITS/04-023)
time stamp, end of another text in front     dropped, where what follows a prefix decodes
quotes and brackets around, ``。`` behind     dropped
spaces around                                dropped, see below
scanned twice                                once
prefix twice                                 once
in a URL, perhaps percent-encoded            the fragment or query value that holds it
case changed                                 upper case where the alphabet has no lower case
                                             (base45, base32), lower case for ``shc:/``
Caps Lock on, a JSON Web Token               the other case for each letter
===========================================  ==================================================

Spaces. Space is a base45 digit, so no inner space is ever touched. Spaces around are never part
of a text: the last of three digits is at most 32 (a value is at most 65535, 32 * 2025 = 64800),
the last of two at most 5, and space is 36. So a base45 text cannot end with a space either, nor
with a full stop, and none can be lost there. In front stands a prefix, or the zlib header of a
Claim 169 text, whose first digit is never a space.

What cannot be healed is left alone: a JWT in one case, a text in no known format, JSON. A
text that is in order comes back unchanged, and healing twice is healing once.

Two things have more than one reading, and only a signature tells which is right: a keyboard layout
that is not the scanner's (:func:`other_layouts`), and two texts in one line (:func:`split`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final
from urllib.parse import unquote, unquote_plus

from trustcert.encoding import base45
from trustcert.errors import MalformedError
from trustcert.limits import TEXT_CHARACTERS

__all__ = ["LAYOUTS", "heal", "other_layouts", "signed_reading", "split"]

_BASE45: Final = ("TC1:", "HC1:")
_PREFIXES: Final = (*_BASE45, "NZCP:/", "shc:/")
_PRESENTED: Final = "TCL1:"
_LONGEST: Final = 4 * TEXT_CHARACTERS  # every character percent-encoded, and a URL around it

_IN_ORDER: Final = re.compile(r"(TC1:|HC1:)(?!TC1:|HC1:)[0-9A-Z $%*+./:-]{1,7085}(?<! )")
_JWT: Final = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*(?:~[\w.~-]*)?", re.ASCII)
_IN_FRONT: Final = re.compile(r"\A(?:\][A-Za-z][0-9A-Za-z])?(?:[\\、]\d{6})?")
# An AIM symbology identifier, and the escape that announces a character set.
_PREFIX: Final = re.compile("|".join(_PREFIXES), re.IGNORECASE)
_BODY: Final = re.compile(
    r"(?:TC1|HC1):[0-9A-Z $%*+./:-]{40,}|NZCP:/1/[A-Z2-7]{40,}|shc:/(?:\d+/\d+/)?\d{40,}"
)
# A signature alone takes more characters.
_CAPS_LOCKED: Final = re.compile(r"EYj[\w-]*\.[\w-]+\.[\w-]*(?:~[\w.~-]*)?", re.ASCII)
_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_ZLIB: Final = re.compile(r"(?:6BF|NCF|V7F|Y9F)[0-9A-Z $%*+./:-]{40,}")
# zlib headers 789C, 78DA, 7801 and 785E as base45: what a Claim 169 text starts with.

_ANYWHERE: Final = re.compile(_PRESENTED, re.IGNORECASE)
# A presentation has the credential inside: what binds it to a place and time is never cut off.
_FRONT: Final = 64  # characters that a scanner may leave in front
_PAIRS: Final = 16  # of a query looked at
_PREFIX_LENGTH: Final = 5
_JWT_DOTS: Final = 2

_AROUND: Final = " \r\n\t\0\x02\x03\x04\x1d\"'`“”‘’„«»‹›【】「」『』《》〈〉〔〕"
_NOWHERE: Final = dict.fromkeys(map(ord, "\r\n\t\0\x02\x03\x04\x1d"))
_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    ord(typed): meant for typed, meant in zip("\u3000\xa0。｡￥¥、÷×−", "  ..$$//*-", strict=True)
}


def heal(text: str) -> str:
    """Return ``text`` with the known accidents of its way undone, or unchanged."""
    if len(text) > _LONGEST or (_IN_ORDER.fullmatch(text) and _once(text) == text):
        return text
    bare = _IN_FRONT.sub("", _bare(text), count=1)
    if bare.startswith("{"):
        return bare
    for narrow in _narrow(bare):
        if _URL.match(narrow):
            return _out_of_url(narrow) or bare
        known = _known(narrow) or _behind(narrow)
        if known is not None:
            return known
    return bare


def split(text: str) -> tuple[str, ...]:
    """Return the healed texts in a line of several that no line end parts, or the one healed text.

    A prefix may stand inside a text by chance, once in some ten thousand: where the whole is
    signed, the whole is right.
    """
    whole = heal(text)
    if len(text) > _LONGEST or _ANYWHERE.search(text):
        return (whole,)
    line = next(_narrow(_bare(text)))
    starts = [match.start() for match in _PREFIX.finditer(line)]
    parts = [heal(line[start:end]) for start, end in pairwise((*starts, len(line)))]
    distinct = tuple(dict.fromkeys(part for part in parts if len(part) > _PREFIX_LENGTH))
    return distinct if len(distinct) > 1 and all(map(_decodes, distinct)) else (whole,)


def _bare(text: str) -> str:
    """Return ``text`` without what stands around it, and characters that show nothing."""
    if not text.isascii():
        text = "".join(
            each
            for each in text
            if unicodedata.category(each) != "Cf" and not "\ufe00" <= each <= "\ufe0f"
        )
    return text.strip(_AROUND).rstrip(_AROUND + "。｡")


def _narrow(text: str) -> Iterator[str]:
    """Yield ``text`` in ASCII, once for each way to read the dashes of a Chinese input method."""
    if text.isascii():
        yield text
        return
    for doubled in ("_", "--"):
        narrow = text.replace("\u2014\u2014", doubled).translate(_NARROW)
        yield "".join("-" if unicodedata.category(each) == "Pd" else each for each in narrow).strip(
            _AROUND
        )


def _known(text: str) -> str | None:
    """Return the healed text of a known format, or ``None`` for any other text."""
    lines = {line.strip(_AROUND) for line in text.splitlines()} - {""}
    joined = (lines.pop() if len(lines) == 1 else text).translate(_NOWHERE)
    if not joined.isascii():
        return None
    for prefix in (_PRESENTED, *_PREFIXES):
        if joined[: len(prefix)].upper() == prefix.upper():
            return _presented(joined) if prefix == _PRESENTED else _prefixed(prefix, joined)
    once = _once(joined)
    if _JWT.fullmatch(once.rstrip(".") if once.count(".") > _JWT_DOTS else once):
        return once.rstrip(".") if once.count(".") > _JWT_DOTS else once
    if _CAPS_LOCKED.fullmatch(once):
        return once.swapcase()
    upper = _once(joined.upper())
    if _ZLIB.fullmatch(upper) and _decodes(upper):
        return upper
    return None


def _behind(text: str) -> str | None:
    """Return the credential behind what a scanner or the last scan left in front of it."""
    found = _PREFIX.search(text)
    if found is None or not 0 < found.start() <= _FRONT or _ANYWHERE.search(text):
        return None
    healed = _known(text[found.start() :])
    return healed if healed is not None and _plausible(healed) else None


def _plausible(text: str) -> bool:
    """Return whether what follows the prefix can be a credential, and not a word in a sentence."""
    return bool(_BODY.fullmatch(text)) and _decodes(text)


def _presented(text: str) -> str:
    """Return a presentation with its own part in upper case and its credential healed.

    It must stay whole: the credential alone would be judged as if nobody had presented it.
    """
    digits = text[len(_PRESENTED) : len(_PRESENTED) + 3]
    if not (digits.isascii() and digits.isdigit()):
        return text
    end = len(_PRESENTED) + len(digits) + int(digits)
    return text[:end].upper() + (_known(text[end:]) or text[end:])


def _prefixed(prefix: str, text: str) -> str:
    if prefix != "shc:/":
        text = text.upper()
    text = _once(prefix + text[len(prefix) :])
    again = re.compile(f"(?:{prefix})+", re.IGNORECASE).match(text)
    text = prefix + text[again.end() :] if again else text
    return text.rstrip(" .") if prefix in _BASE45 else text


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
            healed = _known(reading.strip(_AROUND))
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


_US: Final = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
)
LAYOUTS: Final = {
    "QWERTZ (German)": (
        "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-"
        "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_"
    ),
    "AZERTY (French)": (
        "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!"
        "~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§"
    ),
}
"""What each key types, unshifted and shifted, in the order of the keys of a US keyboard."""

_MEANT: Final = {
    layout: str.maketrans(dict(zip(typed, _US, strict=True))) for layout, typed in LAYOUTS.items()
}
_ACCENTS: Final = {"\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0308": "¨"}


def other_layouts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of keyboard layouts and what they make of ``text``, healed.

    A scanner sends the keys of a US keyboard, and a computer set to another layout types other
    characters. None of these readings counts for anything unless its signature holds.
    """
    if len(text) > _LONGEST:
        return
    for layout, meant in _MEANT.items():
        typed = "".join(_keys(character, layout) for character in text.strip("\r\n"))
        reading = heal(typed.translate(meant))
        if reading != heal(text) and reading.startswith((*_PREFIXES, "eyJ")) and _decodes(reading):
            yield layout, reading


def _keys(character: str, layout: str) -> str:
    """Return the keys behind a character that a dead key and a letter made."""
    if character.isascii() or character in LAYOUTS[layout]:
        return character
    parts = unicodedata.normalize("NFD", character)
    return "".join(_ACCENTS.get(accent, accent) for accent in parts[1:]) + parts[0]


def signed_reading(text: str, signed: Callable[[str], bool]) -> tuple[str, str]:
    """Return the healed text and no layout, or a layout's reading where only that is signed."""
    healed = heal(text)
    if not signed(healed):
        for layout, reading in other_layouts(text):
            if signed(reading):
                return reading, layout
    return healed, ""
