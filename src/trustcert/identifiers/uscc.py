"""Unified social credit codes (统一社会信用代码, GB 32100-2015).

::

    9 1 350100 M000100Y4 3     registering authority, kind, division, body, check

The alphabet leaves out I, O, S, V and Z; the check character is the sum of values times powers
of 3, modulo 31. The registering authority is 1 to 9, A (military commission), N (agriculture) or
Y (others): some validators want a digit there and refuse legal codes. The body (an organisation
code, GB 11714) has a check character of its own that GB 32100 does not ask for: not checked.
"""

from __future__ import annotations

import re
from typing import Final

from trustcert.errors import MalformedError
from trustcert.identifiers import divisions
from trustcert.identifiers.check_digits import CREDIT, mod_31_3
from trustcert.identifiers.entry import refuse
from trustcert.identifiers.problems import Problem
from trustcert.values import PublicValue

__all__ = [
    "CreditCode",
    "parse",
]

_SHAPE: Final = re.compile(rf"[{CREDIT}]{{2}}[0-9]{{6}}[{CREDIT}]{{10}}")
_AUTHORITIES: Final = frozenset("123456789ANY")


class CreditCode(PublicValue, frozen=True, kw_only=True):
    """A code in its parts; only :func:`parse` makes one. It names a body, no person.

    ``check_is_right`` is False where a wrong check character was let through.
    """

    number: str
    check_is_right: bool = True

    @property
    def division(self) -> str:
        """The six digits of the registering authority's division."""
        return self.number[2:8]

    @property
    def province(self) -> divisions.Province:
        """The province of the registering authority; the national level for ministries."""
        return divisions.province(self.division)


def parse(number: str, *, strict_check: bool = True) -> CreditCode:
    """Return the value of an 18-character code in capitals.

    Some genuine codes have another check character than the standard's. With
    ``strict_check=False`` they are taken, and ``check_is_right`` says so; everything else is
    enforced all the same.

    Raises:
        MalformedError: ``problem`` is the :class:`~trustcert.identifiers.problems.Problem`:
            a slip of typing, the wrong length or characters, an unlisted registering authority,
            a province that does not exist, or the check character.
    """
    if not _SHAPE.fullmatch(number):
        raise refuse(number, Problem.LENGTH if len(number) != 18 else Problem.CHARACTERS)
    if number[0] not in _AUTHORITIES:
        raise MalformedError(Problem.REGISTERING_AUTHORITY)
    check_is_right = mod_31_3(number[:17]) == number[17]
    if strict_check and not check_is_right:
        raise MalformedError(Problem.CHECK_DIGIT)
    divisions.province(number[2:8])
    return CreditCode(number=number, check_is_right=check_is_right)
