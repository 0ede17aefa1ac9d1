"""Citizen ids and the other 18-digit numbers of the same family (GB 11643-1999).

::

    110105 19491231 002 X      division, birth date, sequence (odd male, even female), check

The check character is ISO 7064 MOD 11-2. Three kinds of document carry such numbers besides the
identity card:

* residents' permits, with 810000 (Hong Kong), 820000 (Macau) or 830000 (Taiwan) as the division;
* the foreigner's permanent-resident card of 2023: 9, two digits of the province that received
  the application, three of the country (ISO 3166-1 numeric), then as above.

Fifteen-digit numbers are recognised to explain why they are refused. Only ASCII digits count:
``str.isdigit`` holds for those of forty other scripts.
"""

from __future__ import annotations

import enum
import re
from datetime import date, datetime
from typing import Final

from trustcert.encoding.instants import CHINA
from trustcert.errors import MalformedError
from trustcert.identifiers import divisions
from trustcert.identifiers.check_digits import mod_11_2
from trustcert.identifiers.entry import normalise, refuse
from trustcert.identifiers.problems import Problem
from trustcert.values import Value

__all__ = ["CitizenId", "Holder", "Sex", "normalise", "parse"]

_SHAPE: Final = re.compile(r"[0-9]{17}[0-9X]")
_OLD: Final = re.compile(r"[0-9]{15}")
_CENTURIES: Final = ("18", "19", "20")
_TAIWAN_PERMIT: Final = "83"  # 71 is the province, 83 stands in permits only


class Holder(enum.Enum):
    """Whose number it is, which its first digits say."""

    CITIZEN = "citizen"
    HK_MACAU_RESIDENT = "hk_macau_resident"
    TAIWAN_RESIDENT = "taiwan_resident"
    FOREIGNER = "foreigner"


class Sex(enum.Enum):
    """The sex that the sequence number says; the values are GB/T 2261.1's."""

    MALE = 1
    FEMALE = 2


class CitizenId(Value, frozen=True, kw_only=True):
    """A number of GB 11643 that passed every check; only :func:`parse` makes one."""

    _shown = ("holder",)

    number: str
    holder: Holder
    born: date

    @property
    def province(self) -> divisions.Province:
        """The province of first registration; of a permit, the holder's home."""
        return divisions.province(_province_digits(self.number))

    @property
    def division(self) -> str | None:
        """The six digits of the division (as it was then), None for a foreigner's card."""
        return None if self.holder is Holder.FOREIGNER else self.number[:6]

    @property
    def country(self) -> str | None:
        """The ISO 3166-1 numeric code on a foreigner's card, None for the others."""
        return self.number[3:6] if self.holder is Holder.FOREIGNER else None

    @property
    def sex(self) -> Sex:
        """Male if the sequence number is odd."""
        return Sex.MALE if int(self.number[16]) % 2 else Sex.FEMALE

    def age(self, at: int) -> int:
        """Return the completed years at ``at`` (Unix seconds), by the calendar of China.

        A year is complete when the birthday begins; who was born on 29 February completes it on
        1 March where the year has no such day.

        Raises:
            MalformedError: born after that day.
        """
        today = datetime.fromtimestamp(at, CHINA).date()
        if today < self.born:
            raise MalformedError(Problem.BIRTH_AFTER)
        before = (today.month, today.day) < (self.born.month, self.born.day)
        return today.year - self.born.year - before


def parse(number: str) -> CitizenId:
    """Return the value of an 18-character number in its one normal form.

    What people type goes through :func:`~trustcert.identifiers.entry.normalise` first.

    Raises:
        MalformedError: ``problem`` is the :class:`~trustcert.identifiers.problems.Problem`:
            a slip of typing, 15 digits, the wrong length or characters, a division or a birth
            date that does not exist, or the check digit.
    """
    if not _SHAPE.fullmatch(number):
        raise refuse(number, _misshapen(number))
    if mod_11_2(number[:17]) != number[17]:
        raise MalformedError(Problem.CHECK_DIGIT)
    return CitizenId(number=number, holder=_holder(number), born=_born(number))


def _misshapen(number: str) -> Problem:
    if _OLD.fullmatch(number):
        return Problem.OLD_CITIZEN_ID
    return Problem.LENGTH if len(number) != 18 else Problem.CHARACTERS


def _province_digits(number: str) -> str:
    if number[0] == "9":
        return number[1:3]
    return "71" if number[:2] == _TAIWAN_PERMIT else number[:2]


def _holder(number: str) -> Holder:
    if _province_digits(number) not in divisions.PROVINCES:
        raise MalformedError(Problem.DIVISION)
    if number[0] == "9":
        return Holder.FOREIGNER
    if number[0] != "8":
        return Holder.CITIZEN
    if number[2:6] != "0000":
        raise MalformedError(Problem.DIVISION)
    is_taiwan = number[:2] == _TAIWAN_PERMIT
    return Holder.TAIWAN_RESIDENT if is_taiwan else Holder.HK_MACAU_RESIDENT


def _born(number: str) -> date:
    if number[6:8] not in _CENTURIES:
        raise MalformedError(Problem.BIRTH_DATE)
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise MalformedError(Problem.BIRTH_DATE) from None
