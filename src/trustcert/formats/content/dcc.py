"""The EU Digital COVID Certificate as claims (DCC JSON schema 1.0.0 to 1.3.0, read tolerantly).

A certificate holds exactly one event, in exactly one of ``v``, ``t`` and ``r``. The schema is no
gate: many genuine certificates contradict it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from trustcert.claims import Details, Holder, Outcome, Recovery, TestMethod, TestResult, Vaccination
from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats.content import lenient

COMMON: Final = frozenset({"ver", "nam", "dob"})
"""What stands beside the event in every certificate."""

_EVENTS: Final = ("v", "t", "r")
_OUTCOMES: Final = {"260415000": Outcome.NEGATIVE, "260373001": Outcome.POSITIVE}
_METHODS: Final = {"LP6464-4": TestMethod.NUCLEIC_ACID, "LP217198-3": TestMethod.ANTIGEN}
_UNNAMED: Final = "unnamed"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}", re.ASCII)
_NAMES: Final = 4


def event_of(certificate: Mapping[Any, Any]) -> tuple[str, Mapping[Any, Any]]:
    """Return the kind (``v``, ``t`` or ``r``) and the one event of a certificate.

    Raises:
        MalformedError: several events, or what stands there is none.
        UnsupportedError: none of the three; what stands there instead is named.
    """
    found = ""
    for kind in _EVENTS:
        if certificate.get(kind):
            if found:
                raise MalformedError("must hold one event, holds several", where="hcert")
            found = kind
    if not found:
        raise refusal("EU certificate", certificate)
    return found, only(certificate, found)


def only(certificate: Mapping[Any, Any], kind: str) -> Mapping[Any, Any]:
    """Return the one event of a kind.

    Raises:
        MalformedError: several events, or what stands there is none.
    """
    entries = certificate[kind]
    if type(entries) is list and len(entries) == 1 and type(entries[0]) is dict:
        return entries[0]
    if len(typed(entries, list, where=f"hcert.{kind}")) != 1:
        raise MalformedError("must hold one event", where=f"hcert.{kind}")
    return typed(entries[0], dict, where=f"hcert.{kind}[0]")


def unknown(certificate: Mapping[Any, Any], known: frozenset[str]) -> list[str]:
    """Return the names of what a certificate holds beside ``known``, for people; few and short."""
    names = [key for key in certificate if key not in known and certificate[key] not in (None, [])]
    shown = [key if type(key) is str and _NAME.fullmatch(key) else "?" for key in names]
    return shown[:_NAMES]


def refusal(
    name: str, certificate: Mapping[Any, Any], known: frozenset[str] = COMMON
) -> UnsupportedError:
    """Return the error that says which certificate holds what, where that is not known here."""
    held = unknown(certificate, known)
    if not held:
        return UnsupportedError(f"{name}: holds no event that is known here")
    return UnsupportedError(f"{name}: holds {', '.join(held)}, which is not known here")


def holder_of(certificate: Mapping[Any, Any]) -> Holder:
    """Return whom a certificate is about."""
    names = certificate.get("nam")
    if type(names) is not dict:
        names = {}
    latin = lenient.full_name(_filled(names.get("gnt")), _filled(names.get("fnt")))
    name = lenient.full_name(names.get("gn"), names.get("fn")) or latin
    return Holder(name=name, name_latin=latin, birth_date=lenient.day(certificate.get("dob")))


def details_of(kind: str, event: Mapping[Any, Any]) -> Details:
    """Return what an event asserts.

    Raises:
        MalformedError: a vaccination without a day.
    """
    if kind == "v":
        return _vaccination(event)
    disease = lenient.words(event.get("tg"), 64) or _UNNAMED
    if kind == "t":
        return TestResult(
            result=_OUTCOMES.get(str(event.get("tr")), Outcome.INCONCLUSIVE),
            method=_METHODS.get(str(event.get("tt"))),
            sampled_at=lenient.moment(event.get("sc")),
            reported_at=lenient.moment(event.get("dr")),
            site=lenient.words(event.get("tc")),
            disease=disease,
        )
    return Recovery(
        disease=disease,
        positive_on=lenient.day(event.get("fr")),
        valid_from=lenient.day(event.get("df")),
        valid_until=lenient.day(event.get("du")),
        site=lenient.words(event.get("is")),
    )


def _vaccination(event: Mapping[str, Any]) -> Vaccination:
    given_on = lenient.day(event.get("dt"))
    if given_on is None:
        raise MalformedError("must be a date", where="hcert.v[0].dt")
    get, words, count = event.get, lenient.words, lenient.count
    return Vaccination(
        disease=words(get("tg"), 64) or _UNNAMED,
        vaccine=words(get("mp"), 64) or words(get("vp"), 64) or _UNNAMED,
        dose=count(get("dn")) or 0,
        doses=count(get("sd")),
        given_on=given_on,
        maker=words(get("ma"), 64),
        site=words(get("is")),
    )


def _filled(part: Any) -> Any:
    """Return a part of a machine-readable name with spaces for its fillers (ICAO Doc 9303-3)."""
    return part.replace("<", " ").strip() if type(part) is str else part
