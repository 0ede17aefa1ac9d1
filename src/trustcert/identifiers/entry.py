"""What people type, healed to what the parsers take, and said so.

An input method for Chinese writes digits full-width; a card prints its number in groups; a final
X is typed as x. Such slips are healed here and reported, nothing else is guessed: digits of other
scripts, punctuation and wrong letters stay, and the strict parser then names them.
Never use this on names that were or will be signed.
"""

from __future__ import annotations

import enum
import unicodedata
from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.identifiers.problems import Problem
from trustcert.limits import IDENTIFIER_CHARACTERS
from trustcert.values import Value

__all__ = [
    "Change",
    "Normalised",
    "bounded",
    "invisible",
    "normalise",
    "refuse",
]

_HALF_WIDTH: Final = {0xFF01 + i: 0x21 + i for i in range(94)}
_INVISIBLE: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


class Change(enum.Enum):
    """A slip that :func:`normalise` healed."""

    FULL_WIDTH = "full-width characters were made half-width"
    SPACES = "spaces or invisible characters were left out"
    LOWER_CASE = "lower-case letters were made capitals"


class Normalised(Value, frozen=True, kw_only=True):
    """A text as a strict parser takes it, and what was changed to get there."""

    _shown = ("changes",)

    text: str
    changes: tuple[Change, ...]


def normalise(typed: str) -> Normalised:
    """Return ``typed`` in half-width capitals without spaces, and the changes that took.

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.IDENTIFIER_CHARACTERS`.
    """
    bounded(typed)
    half = typed.translate(_HALF_WIDTH)
    bare = half if _plain(half) else "".join(c for c in half if not invisible(c))
    capitals = "".join(c.upper() if c.isascii() else c for c in bare)
    steps = ((typed, half), (half, bare), (bare, capitals))
    changes = tuple(
        change for change, (before, after) in zip(Change, steps, strict=True) if before != after
    )
    return Normalised(text=capitals, changes=changes)


def bounded(text: str) -> None:
    """Refuse a text that is longer than any identifier.

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.IDENTIFIER_CHARACTERS`.
    """
    if len(text) > IDENTIFIER_CHARACTERS:
        raise LimitExceededError(Problem.TOO_LONG)


def refuse(text: str, otherwise: Problem) -> MalformedError:
    """Return the error that says what kept ``text`` from the shape it should have had.

    The slips that :func:`normalise` heals come first; where there is none, ``otherwise``.
    """
    if not text:
        return MalformedError(Problem.EMPTY)
    if len(text) > IDENTIFIER_CHARACTERS:
        return LimitExceededError(Problem.TOO_LONG)
    if any(ord(c) in _HALF_WIDTH for c in text):
        return MalformedError(Problem.FULL_WIDTH)
    if any(invisible(c) for c in text):
        return MalformedError(Problem.SPACES)
    if any("a" <= c <= "z" for c in text):
        return MalformedError(Problem.LOWER_CASE)
    return MalformedError(otherwise)


def invisible(character: str) -> bool:
    """Decide whether a character is a space, a control or a format character."""
    return unicodedata.category(character) in _INVISIBLE


def _plain(text: str) -> bool:
    return text.isascii() and text.isalnum()
