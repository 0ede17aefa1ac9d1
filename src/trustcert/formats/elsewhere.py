"""Name codes that are no credentials this library reads, for error messages."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["named"]

_KINDS: Final = (
    (r"(https?://\S*#)?shlink:/", "a SMART Health Link: open it and scan the cards behind it"),
    (r"NL[0-9]:", "a Dutch domestic certificate, which only Dutch verifiers can read"),
    (r"PK\x03\x04|UEsDB", "a ZIP archive, as DIVOC certificates are"),
    (r"DC0[1-4][A-Z0-9]{6}", "a 2D-Doc (France)"),
    (r"\xdc[\x00-\x04]", "a visible digital seal of ICAO Doc 9303-13"),
)
_PATTERNS: Final = tuple((re.compile(pattern), name) for pattern, name in _KINDS)


def named(text: str) -> str | None:
    """Return what ``text`` is, which no format recognises; None where that is not known."""
    return next((name for pattern, name in _PATTERNS if pattern.match(text)), None)
