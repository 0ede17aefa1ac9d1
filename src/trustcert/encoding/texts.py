"""Characters that a terminal or a page obeys instead of showing them.

These are control characters (Unicode category Cc), format characters such as those that turn the
direction of writing (Cf), halves of surrogate pairs (Cs), and the line and paragraph separators
(Zl, Zp).
"""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["escaped", "unprintable"]

_OBEYED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def escaped(text: str) -> str:
    r"""Return ``text`` with each such character written out, as ``\u202e``.

    >>> escaped("Chengdu\x1b[2K")
    'Chengdu\\x1b[2K'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written(letter) if _is_obeyed(letter) else letter for letter in text)


def unprintable(text: str) -> str | None:
    """Return the first such character in ``text``, as ``U+202E``; None where there is none."""
    for letter in text:
        if _is_obeyed(letter):
            return f"U+{ord(letter):04X}"
    return None


def _is_obeyed(letter: str) -> bool:
    return unicodedata.category(letter) in _OBEYED


def _written(letter: str) -> str:
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
