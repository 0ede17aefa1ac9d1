"""A test text for hand-held scanners, and what its arrival says about a scanner's settings."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Final

from trustcert.qr.scanner_input import heal, other_layouts
from trustcert.values import PublicValue

__all__ = ["TEST_TEXT", "ScannerFinding", "diagnose"]

TEST_TEXT: Final = "TC1:01023745E67L89SAB3CDAEFHGHOIJVKL6MNDOPKQRRST2UV9WXGYZN $U%*5+-C./J:.Q"
"""Every character of base45 behind a prefix of the native format; no credential."""


class ScannerFinding(PublicValue, frozen=True, kw_only=True):
    """What a scanner did to :data:`TEST_TEXT`.

    ``exact``: it arrived as it was sent, but for a line end. ``undone``: reading a code undoes all
    that was done to it. ``changes`` are sentences that say what was done and which setting to
    change.
    """

    exact: bool
    undone: bool
    changes: tuple[str, ...]


def diagnose(received: str) -> ScannerFinding:
    """Return what happened to :data:`TEST_TEXT` on its way to ``received``."""
    typed = received.rstrip("\r\n")
    if typed == TEST_TEXT:
        return ScannerFinding(exact=True, undone=True, changes=())
    layouts = [layout for layout, reading in other_layouts(typed) if reading == TEST_TEXT]
    if layouts:
        sentence = (
            f"the computer has the keyboard layout {layouts[0]} and the scanner another: set the"
            " scanner to this layout, or the computer to US English (credentials are read all the"
            " same where the program tries layouts)"
        )
        return ScannerFinding(exact=False, undone=True, changes=(sentence,))
    undone = heal(typed) == TEST_TEXT
    alike = SequenceMatcher(None, TEST_TEXT, _plain(typed), autojunk=False).ratio()
    if alike < _ALIKE and TEST_TEXT not in _plain(typed):
        sentence = "this is not the test code, or nothing of it is left: scan the code shown"
        return ScannerFinding(exact=False, undone=False, changes=(sentence,))
    changes = [*_wrapped(typed), *_rewritten(typed)]
    if not changes:
        changes = [*_replaced(typed)]
    return ScannerFinding(exact=False, undone=undone, changes=tuple(changes))


def _plain(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).upper()


def _wrapped(typed: str) -> list[str]:
    """Return what stands around the text."""
    plain = _plain(typed)
    place = plain.find(TEST_TEXT[:20])
    said = []
    if place > 0:
        said.append(
            f"{place} characters stand in front of the text: turn off prefix, code identifier,"
            " AIM identifier and time stamp"
        )
    if typed.count(TEST_TEXT) > 1:
        said.append("the text came twice: turn off repeated reading, or wait between two scans")
    elif place >= 0 and len(plain) > place + len(TEST_TEXT):
        said.append("something stands behind the text: turn off the suffix, but for a line end")
    return said


def _rewritten(typed: str) -> list[str]:
    """Return what was done to the whole text."""
    said = []
    if unicodedata.normalize("NFKC", typed) != typed:
        said.append("characters are full-width: switch the input method to English before scanning")
    narrow = unicodedata.normalize("NFKC", typed)
    if re.search("[a-z]", narrow):
        said.append(
            "letters change their case: turn off Caps Lock, and the scanner's case conversion;"
            " JSON Web Tokens cannot be read through it"
        )
    if " " not in narrow.strip() and TEST_TEXT.replace(" ", "") in narrow.upper():
        said.append(
            "spaces are dropped: turn off the removal of spaces; no base45 code can be read"
        )
    return said


def _replaced(typed: str) -> list[str]:
    """Return which characters were replaced or are missing."""
    said: dict[str, None] = {}
    matcher = SequenceMatcher(None, TEST_TEXT, typed, autojunk=False)
    for kind, start, end, from_, to in matcher.get_opcodes():
        if kind == "equal":
            continue
        meant, came = TEST_TEXT[start:end], typed[from_:to]
        said[f"“{meant}” came as “{came}”" if came else f"“{meant}” is missing"] = None
    sentences = list(said)[:_MOST]
    if len(said) > _MOST:
        sentences.append("and more; was it the test code that was scanned?")
    sentences.append(
        "set the scanner to the computer's keyboard layout, or to send characters by their codes"
        " (USB serial, or ALT mode)"
    )
    return sentences


_MOST: Final = 12
_ALIKE: Final = 0.5
