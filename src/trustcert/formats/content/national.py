"""National relatives of the EU certificate: the same container, another prefix, other content.

What is known of each is public:

- ``LT1:``, Switzerland: a name and a birth date under a claim of its own (read by
  :mod:`trustcert.formats.hcert`);
- ``AT1:``, Austria (schema AT-1.0.0): an exemption from vaccination, ``ve``, with ``tg``, ``du``
  (valid until this day), ``co``, ``is`` and ``ci``, in the place of the EU's events;
- ``NO1:``, Norway (version 1.0.0): a name, often shortened, a birth date or year, ``du`` and a
  ``reason`` without a published meaning. It holds no event: that it was issued says that its
  holder fulfilled the rule of the day.

The prefix is not signed. So a content counts by what was signed: its issuer must be the country
that the prefix stands for, and whatever is not known of that country is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from trustcert.claims import Colour, HealthCode, HealthRecord
from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats.content import dcc, lenient
from trustcert.formats.content.dcc import Assertion
from trustcert.values import PublicValue

__all__ = [
    "AUSTRIAN",
    "EXEMPTION",
    "LIGHT",
    "NORWEGIAN",
    "RELATIVES",
    "Relative",
    "issued",
    "read",
]

EXEMPTION: Final = "vaccination exemption"
"""Title of the record that an exemption becomes: it is no vaccination, and no policy judges it."""

_EXEMPTIONS: Final = "ve"
_DOMESTIC: Final = frozenset({"ver", "nam", "dob", "du", "reason"})
_DOMESTIC_VERSION: Final = "1.0.0"


class Relative(PublicValue, frozen=True, kw_only=True):
    """A national certificate: its name in reports, and the one country that issues it."""

    name: str
    country: str | None = None


LIGHT: Final = Relative(name="Swiss light certificate")
AUSTRIAN: Final = Relative(name="Austrian national certificate", country="AT")
NORWEGIAN: Final = Relative(name="Norwegian national certificate", country="NO")
RELATIVES: Final = {"LT1:": LIGHT, "AT1:": AUSTRIAN, "NO1:": NORWEGIAN}
"""National prefixes of the container, and what they stand for."""


def issued(relative: Relative) -> HealthCode:
    """Return what a certificate says that holds no event: that it was issued."""
    return HealthCode(colour=Colour.GREEN, rule=relative.name)


def read(relative: Relative, issuer: str | None, certificate: Mapping[Any, Any]) -> Assertion:
    """Return what a national certificate of ``issuer`` asserts.

    Raises:
        MalformedError: it is of another country, or its event is not one of its kind.
        UnsupportedError: it holds something that is not known of its kind; both are named.
    """
    if relative.country is not None and issuer != relative.country:
        raise MalformedError(f"must be {relative.country} in a {relative.name}", where="iss")
    if relative is AUSTRIAN:
        return _exemption(certificate)
    if relative is NORWEGIAN and not dcc.unknown(certificate, _DOMESTIC):
        return _domestic(certificate)
    try:
        return dcc.read(certificate)
    except UnsupportedError:
        raise dcc.refusal(relative.name, certificate) from None


def _exemption(certificate: Mapping[Any, Any]) -> Assertion:
    known = dcc.COMMON | {_EXEMPTIONS}
    if not certificate.get(_EXEMPTIONS) or dcc.unknown(certificate, known):
        raise dcc.refusal(AUSTRIAN.name, certificate, known)
    event = dcc.only(certificate, _EXEMPTIONS)
    ends = _end_of(event.get("du"), f"hcert.{_EXEMPTIONS}[0].du")
    return Assertion(HealthRecord(title=EXEMPTION), event, ends)


def _domestic(certificate: Mapping[Any, Any]) -> Assertion:
    if certificate.get("ver") != _DOMESTIC_VERSION:
        raise UnsupportedError(f"{NORWEGIAN.name}: of another version than {_DOMESTIC_VERSION}")
    typed(certificate.get("nam"), dict, where="hcert.nam")
    until = certificate.get("du")
    ends = None if until is None else _end_of(until, "hcert.du")
    return Assertion(issued(NORWEGIAN), {}, ends)


def _end_of(value: Any, where: str) -> int:
    """Return when a day is over (UTC, as the times of this container are)."""
    day = lenient.day(value)
    if day is None:
        raise MalformedError("must be a date", where=where)
    after = min(day, date.max - timedelta(days=1)) + timedelta(days=1)
    return int(datetime.combine(after, time(), UTC).timestamp())
