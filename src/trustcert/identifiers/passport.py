"""Passport numbers.

ICAO Doc 9303-4 gives the number nine places of letters and digits; there is no check digit
outside the machine-readable zone (:mod:`trustcert.identifiers.mrz`). Every state's numbers hold
a digit, so that a name in the wrong field is noticed. A renewed passport has a new number.
"""

from __future__ import annotations

import re
from typing import Final

from trustcert.identifiers.entry import refuse
from trustcert.identifiers.masking import NumberMask, mask_number
from trustcert.identifiers.problems import Problem
from trustcert.values import Value

__all__ = [
    "PassportNumber",
    "parse",
]

_SHAPE: Final = re.compile(r"(?=[A-Z]*[0-9])[0-9A-Z]{5,9}")


class PassportNumber(Value, frozen=True, kw_only=True):
    """A passport number of the right form; only :func:`parse` makes one."""

    number: str

    @property
    def masked(self) -> str:
        """The number with only its last three characters shown."""
        return mask_number(self.number, NumberMask.LAST_3)


def parse(number: str) -> PassportNumber:
    """Return the value of a passport number in capitals, without spaces.

    Raises:
        MalformedError: ``problem`` is the :class:`~trustcert.identifiers.problems.Problem`:
            a slip of typing, or not 5 to 9 letters and digits with a digit among them.
    """
    if not _SHAPE.fullmatch(number):
        raise refuse(number, Problem.PASSPORT)
    return PassportNumber(number=number)
