"""The EU Digital COVID Certificate as claims (DCC JSON schema 1.0.0 to 1.3.0, read tolerantly).

A certificate holds exactly one event, in exactly one of ``v``, ``t`` and ``r``. The schema is no
gate: many genuine certificates contradict it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.claims import Details, Holder, Outcome, Recovery, TestMethod, TestResult, Vaccination
from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats.content import lenient

_EVENTS: Final = ("v", "t", "r")
_OUTCOMES: Final = {"260415000": Outcome.NEGATIVE, "260373001": Outcome.POSITIVE}
_METHODS: Final = {"LP6464-4": TestMethod.NUCLEIC_ACID, "LP217198-3": TestMethod.ANTIGEN}
_UNNAMED: Final = "unnamed"


def event_of(certificate: Mapping[Any, Any]) -> tuple[str, Mapping[Any, Any]]:
    """Return the kind (``v``, ``t`` or ``r``) and the one event of a certificate.

    Raises:
        MalformedError: several events, or what stands there is none.
        UnsupportedError: none of the three.
    """
    present = [kind for kind in _EVENTS if certificate.get(kind)]
    if not present:
        raise UnsupportedError("a certificate without a vaccination, test or recovery")
    if len(present) > 1:
        raise MalformedError("must hold one event, holds several", where="hcert")
    entries = typed(certificate[present[0]], list, where=f"hcert.{present[0]}")
    if len(entries) != 1:
        raise MalformedError("must hold one event, holds several", where=f"hcert.{present[0]}")
    return present[0], typed(entries[0], dict, where=f"hcert.{present[0]}[0]")


def holder_of(certificate: Mapping[Any, Any]) -> Holder:
    """Return whom a certificate is about."""
    names = certificate.get("nam")
    if type(names) is not dict:
        names = {}
    return Holder(
        name=lenient.name(names.get("gn"), names.get("fn")) or _latin(names),
        name_latin=_latin(names),
        birth_date=lenient.day(certificate.get("dob")),
    )


def details_of(kind: str, event: Mapping[Any, Any]) -> Details:
    """Return what an event asserts.

    Raises:
        MalformedError: a vaccination without a day.
    """
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
    if kind == "r":
        return Recovery(
            disease=disease,
            positive_on=lenient.day(event.get("fr")),
            valid_from=lenient.day(event.get("df")),
            valid_until=lenient.day(event.get("du")),
            site=lenient.words(event.get("is")),
        )
    return _vaccination(disease, event)


def _vaccination(disease: str, event: Mapping[Any, Any]) -> Vaccination:
    given_on = lenient.day(event.get("dt"))
    if given_on is None:
        raise MalformedError("must be a date", where="hcert.v[0].dt")
    vaccine = lenient.words(event.get("mp"), 64) or lenient.words(event.get("vp"), 64)
    return Vaccination(
        disease=disease,
        vaccine=vaccine or _UNNAMED,
        dose=lenient.count(event.get("dn")) or 0,
        doses=lenient.count(event.get("sd")),
        given_on=given_on,
        maker=lenient.words(event.get("ma"), 64),
        site=lenient.words(event.get("is")),
    )


def _latin(names: Mapping[Any, Any]) -> str | None:
    """Return the machine-readable name with spaces for its fillers (ICAO Doc 9303-3)."""
    parts = (names.get("gnt"), names.get("fnt"))
    return lenient.name(*(p.replace("<", " ").strip() for p in parts if type(p) is str))
