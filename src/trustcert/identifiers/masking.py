"""Masks: how much of a name or a number is shown, as named policies.

No national rule says which; provinces differ (张*三, 张**, *三). So a policy has a name, and the
defaults are the ones that a checkpoint can compare with a card: a name's first and last
character, the last four characters of an id, the last three of a passport.

A hidden part is at most three stars in a name, whatever its length; in a number a star a
character, for the lengths of numbers are public. What is called a character is what a reader
takes for one: a code point with the combining marks and variation selectors that follow it, so
that 𠅤 (two UTF-16 units) is one.
"""

from __future__ import annotations

import enum
import unicodedata
from typing import Final

from trustcert.identifiers.entry import normalise

__all__ = [
    "NameMask",
    "NumberMask",
    "characters",
    "mask_name",
    "mask_number",
    "tail_matches",
]

_STARS: Final = 3
_MASK: Final = "*" * _STARS
_HIDDEN: Final = 8
_ATTACHED: Final = frozenset({"Mn", "Mc", "Me"})


class NameMask(enum.Enum):
    """What of a name is shown."""

    FIRST_AND_LAST = "first_and_last"
    """张*三; of two characters only the first, 张*. The default."""
    FIRST = "first"
    """张**"""
    LAST = "last"
    """**三"""
    HIDDEN = "hidden"
    """*** whatever the name"""
    NONE = "none"
    """The whole name: for the holder's own screen."""


class NumberMask(enum.Enum):
    """What of a number is shown."""

    LAST_4 = "last_4"
    """The default of ids."""
    LAST_3 = "last_3"
    """The default of passports."""
    FIRST_AND_LAST = "first_and_last"
    """One character at each end."""
    FIRST_6_LAST_4 = "first_6_last_4"
    """Division and tail, as many systems print: of 18 characters only the birth date is hidden."""
    HIDDEN = "hidden"
    """Nothing."""
    NONE = "none"
    """The whole number: for the holder's own screen."""


_NAME_ENDS: Final = {
    NameMask.FIRST_AND_LAST: (True, True),
    NameMask.FIRST: (True, False),
    NameMask.LAST: (False, True),
    NameMask.HIDDEN: (False, False),
}

_NUMBER_ENDS: Final = {
    NumberMask.LAST_4: (0, 4),
    NumberMask.LAST_3: (0, 3),
    NumberMask.FIRST_AND_LAST: (1, 1),
    NumberMask.FIRST_6_LAST_4: (6, 4),
    NumberMask.HIDDEN: (0, 0),
}


def mask_name(name: str, policy: NameMask = NameMask.FIRST_AND_LAST) -> str:
    """Return ``name`` with the part hidden that ``policy`` hides; a lone character always is."""
    if policy is NameMask.NONE:
        return name
    parts = characters(name.strip())
    if not parts or policy is NameMask.HIDDEN:
        return _MASK
    may_first, may_last = _NAME_ENDS[policy]
    first = parts[0] if may_first and len(parts) > 1 else ""
    last = parts[-1] if may_last and len(parts) > 1 + may_first else ""
    hidden = len(parts) - bool(first) - bool(last)
    return first + "*" * min(hidden, _STARS) + last


def mask_number(number: str, policy: NumberMask = NumberMask.LAST_4) -> str:
    """Return ``number`` with a star for each hidden character.

    Half of the number or eight characters stay hidden. Where a short number would leave less,
    only its end is shown, half of it at most.
    """
    if policy is NumberMask.NONE:
        return number
    size = len(number)
    first, last = _NUMBER_ENDS[policy]
    if size - first - last < min(_HIDDEN, size - size // 2):
        first, last = 0, min(last, size // 2)
    return number[:first] + "*" * (size - first - last) + number[size - last :]


def tail_matches(tail: str, typed: str) -> bool:
    """Decide whether a guard typed the visible tail of a number, all of it and nothing else.

    Full-width digits, spaces and a lower-case x are healed. An empty tail matches nothing.

    Raises:
        LimitExceededError: longer than any identifier.
    """
    return bool(tail) and normalise(tail).text == normalise(typed).text


def characters(text: str) -> list[str]:
    """Return what a reader takes for the characters of ``text``, each with its marks."""
    parts: list[str] = []
    for point in text:
        if parts and (unicodedata.category(point) in _ATTACHED or point == "\N{ZERO WIDTH JOINER}"):
            parts[-1] += point
        else:
            parts.append(point)
    return parts
