"""What an ICAO visible digital seal asserts: proofs of vaccination and of testing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from trustcert.claims import Details, Holder, Outcome, TestResult, Vaccination
from trustcert.claims.codes import OUTCOMES, TESTS, disease_of_vaccine
from trustcert.claims.events import distinct
from trustcert.encoding.fields import each, required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.formats.content import lenient

VACCINATION: Final = "icao.vacc"
TEST: Final = "icao.test"

__all__ = ["TEST", "VACCINATION", "read"]

_EVENTS: Final = 32
_UNNAMED: Final = "unnamed"
_TAIL: Final = 3
"""Last characters of a travel document that a screen may show."""


def read(kind: str, message: Mapping[str, Any]) -> tuple[Holder, Details, tuple[Details, ...]]:
    """Return whom a message of this kind is about, what it asserts, and all its events.

    Raises:
        MalformedError: the message is not of its kind; ``where`` is the place.
        UnsupportedError: another kind than a vaccination or a test.
    """
    person = required(message, "pid", dict)
    number = lenient.words(person.get("i")) or lenient.words(person.get("dn"))
    holder = Holder(
        name=lenient.name(person.get("n")),
        birth_date=lenient.day(person.get("dob")),
        document_tail=None if number is None else number[-_TAIL:],
    )
    if kind == VACCINATION:
        doses = _doses(message)
        return holder, doses[-1], doses
    if kind == TEST:
        test = _test(message)
        return holder, test, (test,)
    raise UnsupportedError("a seal that is no proof of vaccination or testing")


def _doses(message: Mapping[str, Any]) -> tuple[Vaccination, ...]:
    """Return the distinct doses of all vaccines by day, each with the seal's number for it."""
    found = []
    for event in each(message, "ve", _map, limit=_EVENTS):
        with inside("ve"):
            doses = each(event, "vd", _map, limit=_EVENTS)
        dated = [(day, dose) for dose in doses if (day := lenient.day(dose.get("dvc")))]
        found += [_dose(event, dose, day) for day, dose in dated]
    if not found:
        raise MalformedError("must hold a dose with its date", where="ve")
    return distinct(found)


def _dose(event: Mapping[str, Any], dose: Mapping[str, Any], given_on: date) -> Vaccination:
    vaccine = lenient.words(event.get("nam"), 64) or lenient.words(event.get("des"), 64)
    return Vaccination(
        disease=lenient.words(event.get("dis"), 64) or _disease(event),
        vaccine=vaccine or _UNNAMED,
        dose=_sequence(dose.get("seq")),
        given_on=given_on,
        lot=lenient.words(dose.get("lot"), 64),
        site=lenient.words(dose.get("adm")),
    )


def _disease(event: Mapping[str, Any]) -> str:
    known = disease_of_vaccine(lenient.words(event.get("des"), 64))
    return _UNNAMED if known is None else known.value


def _test(message: Mapping[str, Any]) -> TestResult:
    data, result = required(message, "dat", dict), required(message, "tr", dict)
    provider = message.get("sp")
    known = TESTS.get(str(result.get("tc")).lower())
    return TestResult(
        result=OUTCOMES.get(str(result.get("r")).lower(), Outcome.INCONCLUSIVE),
        method=None if known is None else known.method,
        sampled_at=lenient.moment(data.get("sc")),
        reported_at=lenient.moment(data.get("ri")),
        site=lenient.words(provider.get("spn")) if type(provider) is dict else None,
    )


def _sequence(value: Any) -> int:
    """Return the number of a dose: a text in the specification, a number in the field."""
    if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 2:
        value = int(value)
    return lenient.count(value) or 0


def _map(value: Any) -> Mapping[str, Any]:
    return typed(value, dict)
