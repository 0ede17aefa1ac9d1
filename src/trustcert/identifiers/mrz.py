"""Machine-readable zones of travel documents (ICAO Doc 9303, parts 3 to 6).

====  ===========  ========================================================================
form  size         second line (TD1: first and second), ``|`` before each check digit
====  ===========  ========================================================================
TD3   2 x 44       number 9 | nation 3 birth 6 | sex expiry 6 | optional 14 | composite |
TD2   2 x 36       number 9 | nation 3 birth 6 | sex expiry 6 | optional 7 composite |
TD1   3 x 30       number 9 | optional 15; birth 6 | sex expiry 6 | nation 3 optional 11 |
====  ===========  ========================================================================

``<`` fills. Names are primary ``<<`` secondary in 39, 31 or 30 places; a name field that ends
in a letter may be cut or abbreviated (Doc 9303-4, 4.2.3), so it is compared word by word as a
beginning. Years have two digits: the century follows from the day on which one looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from trustcert.encoding.instants import CHINA
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.identifiers import names
from trustcert.identifiers.check_digits import weights_731
from trustcert.identifiers.entry import bounded, refuse
from trustcert.identifiers.problems import Problem
from trustcert.values import Value

__all__ = [
    "MachineReadableZone",
    "parse",
]

_ZONE: Final = re.compile(r"[0-9A-Z<]+")
_NAMES: Final = re.compile(r"[A-Z<]+")
_DATE: Final = re.compile(r"[0-9<]{6}")
_LINE_ENDS: Final = str.maketrans("", "", "\r\n")
_EXPIRY_SPAN: Final = 50  # years either side; passports run ten, some cards for life


class MachineReadableZone(Value, frozen=True, kw_only=True):
    """A zone whose every check digit is right; only :func:`parse` makes one."""

    _shown = ("form", "document_code", "issuing_state", "nationality", "is_cut")

    form: str
    document_code: str
    issuing_state: str
    nationality: str
    number: str
    surname: str
    given_names: str
    is_cut: bool
    """Whether the name field is full, so that the name may go on."""
    sex: str
    """``M``, ``F``, or empty where unspecified."""
    birth: str
    """YYMMDD as it stands; unknown parts are ``<<``."""
    expiry: str
    """YYMMDD as it stands."""
    optional: str

    def born(self, at: int) -> date | None:
        """Return the latest such birth date not after ``at``, None where parts are unknown."""
        today = datetime.fromtimestamp(at, CHINA).date()
        return next((day for day in _dates(self.birth, today.year) if day <= today), None)

    def expires(self, at: int) -> date | None:
        """Return the last day of validity within 50 years of ``at``, None where unknown."""
        year = datetime.fromtimestamp(at, CHINA).year
        return next(iter(_dates(self.expiry, year + _EXPIRY_SPAN)), None)

    def fits(self, name: str) -> bool:
        """Decide whether ``name`` (in Latin letters) may be the one of the zone.

        Diacritics, order and spacing are forgiven; a cut name fits what it begins.

        Raises:
            LimitExceededError: longer than a name can be.
        """
        shown = f"{self.surname} {self.given_names}"
        if names.matches(shown, name):
            return True
        return self.is_cut and names.begins(shown.split(), name)


def parse(text: str) -> MachineReadableZone:
    """Return the fields of a zone, with or without line ends; all check digits are verified.

    Raises:
        LimitExceededError: longer than any zone.
        MalformedError: ``problem`` is the :class:`~trustcert.identifiers.problems.Problem`.
        UnsupportedError: a visa, whose layout is another.
    """
    bounded(text)
    zone = text.translate(_LINE_ENDS)
    if not _ZONE.fullmatch(zone):
        raise refuse(zone, Problem.CHARACTERS)
    if zone[0] == "V":
        raise UnsupportedError("the machine-readable zone of a visa (Doc 9303-7) is not read here")
    if len(zone) == 88:
        return _two_lines("TD3", zone[:44], zone[44:])
    if len(zone) == 72:
        return _two_lines("TD2", zone[:36], zone[36:])
    if len(zone) == 90:
        return _td1(zone[:30], zone[30:60], zone[60:])
    raise MalformedError(Problem.MRZ_LENGTH)


def _two_lines(form: str, first: str, second: str) -> MachineReadableZone:
    number, optional = second[:9], second[28:-1]
    if form == "TD3":
        optional, digit = optional[:-1], optional[-1]
        if digit != "<" or optional.strip("<"):
            _verify((optional, digit))
        _verify((number, second[9]))
    else:
        number, optional = _long_number(number, second[9], optional)
    _verify(
        (second[13:19], second[19]),
        (second[21:27], second[27]),
        (second[:10] + second[13:20] + second[21:-1], second[-1]),
    )
    return _zone(
        form,
        head=first[:5],
        name=first[5:],
        number=number,
        nationality=second[10:13],
        vital=second[13:28],
        optional=optional,
    )


def _td1(first: str, second: str, third: str) -> MachineReadableZone:
    number, optional = _long_number(first[5:14], first[14], first[15:])
    _verify(
        (second[:6], second[6]),
        (second[8:14], second[14]),
        (first[5:] + second[:7] + second[8:15] + second[18:29], second[29]),
    )
    return _zone(
        "TD1",
        head=first[:5],
        name=third,
        number=number,
        nationality=second[15:18],
        vital=second[:15],
        optional=f"{optional} {_bare(second[18:29])}".strip(),
    )


def _long_number(number: str, digit: str, optional: str) -> tuple[str, str]:
    """Join a number of over nine places, whose rest and check digit lead the optional data."""
    rest, _, remainder = optional.partition("<")
    if digit == "<" and len(rest) > 1:
        _verify((number + rest[:-1], rest[-1]))
        return number + rest[:-1], remainder
    _verify((number, digit))
    return number, optional


def _zone(  # noqa: PLR0913 - the fields of a zone
    form: str, *, head: str, name: str, number: str, nationality: str, vital: str, optional: str
) -> MachineReadableZone:
    birth, sex, expiry = vital[:6], vital[7], vital[8:14]
    for day in (birth, expiry):
        if not _DATE.fullmatch(day) or ("<" not in day and not _dates(day, 2099)):
            raise MalformedError(Problem.MRZ_DATE)
    if not _bare(number):
        raise MalformedError(Problem.EMPTY)
    surname, _, given = name.strip("<").partition("<<")
    if not surname or not _NAMES.fullmatch(name):
        raise MalformedError(Problem.MRZ_NAME)
    if sex not in "MFX<":
        raise MalformedError(Problem.CHARACTERS)
    return MachineReadableZone(
        form=form,
        document_code=_bare(head[:2]),
        issuing_state=_bare(head[2:]),
        nationality=_bare(nationality),
        number=number.replace("<", ""),
        surname=_bare(surname),
        given_names=_bare(given),
        is_cut=not name.endswith("<"),
        sex=sex.strip("X<"),
        birth=birth,
        expiry=expiry,
        optional=_bare(optional),
    )


def _verify(*fields: tuple[str, str]) -> None:
    for content, digit in fields:
        if weights_731(content) != digit:
            raise MalformedError(Problem.CHECK_DIGIT)


def _bare(text: str) -> str:
    return " ".join(text.replace("<", " ").split())


def _dates(text: str, up_to: int) -> list[date]:
    """Return the dates of these six digits in the three centuries to ``up_to``, latest first."""
    if "<" in text:
        return []
    newest = up_to - (up_to - int(text[:2])) % 100
    return list(_real((newest - back, text) for back in (0, 100, 200)))


def _real(candidates: Iterable[tuple[int, str]]) -> Iterable[date]:
    for year, text in candidates:
        try:
            yield date(year, int(text[2:4]), int(text[4:6]))
        except ValueError:
            continue
