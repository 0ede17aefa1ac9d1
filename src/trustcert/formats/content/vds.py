"""What an ICAO visible digital seal asserts: proofs of vaccination and of testing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.claims import Details, Holder, Outcome, TestMethod, TestResult, Vaccination
from trustcert.encoding.fields import each, required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.formats.content import lenient

VACCINATION: Final = "icao.vacc"
TEST: Final = "icao.test"

_OUTCOMES: Final = {
    "negative": Outcome.NEGATIVE,
    "positive": Outcome.POSITIVE,
    "normal": Outcome.NEGATIVE,
    "abnormal": Outcome.POSITIVE,
}
_METHODS: Final = {
    "molecular(pcr)": TestMethod.NUCLEIC_ACID,
    "molecular(other)": TestMethod.NUCLEIC_ACID,
    "antigen": TestMethod.ANTIGEN,
    "antibody": TestMethod.ANTIBODY,
}
_EVENTS: Final = 32
_TAIL: Final = 3
"""Last characters of a travel document that a screen may show."""


def read(kind: str, message: Mapping[str, Any]) -> tuple[Holder, Details]:
    """Return whom a message of this kind is about, and what it asserts.

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
        return holder, _vaccination(message)
    if kind == TEST:
        return holder, _test(message)
    raise UnsupportedError("a seal that is no proof of vaccination or testing")


def _vaccination(message: Mapping[str, Any]) -> Vaccination:
    """Return the latest dose of all vaccines."""
    found = []
    for event in each(message, "ve", _map, limit=_EVENTS):
        with inside("ve"):
            doses = each(event, "vd", _map, limit=_EVENTS)
        dated = ((lenient.day(dose.get("dvc")), dose, event) for dose in doses)
        found += [(day, dose, event) for day, dose, event in dated if day is not None]
    if not found:
        raise MalformedError("must hold a dose with its date", where="ve")
    given_on, dose, event = max(found, key=lambda entry: entry[0])
    vaccine = lenient.words(event.get("nam"), 64) or lenient.words(event.get("des"), 64)
    return Vaccination(
        disease=lenient.words(event.get("dis"), 64) or "unnamed",
        vaccine=vaccine or "unnamed",
        dose=_sequence(dose.get("seq")),
        given_on=given_on,
        lot=lenient.words(dose.get("lot"), 64),
        site=lenient.words(dose.get("adm")),
    )


def _test(message: Mapping[str, Any]) -> TestResult:
    data, result = required(message, "dat", dict), required(message, "tr", dict)
    provider = message.get("sp")
    return TestResult(
        result=_OUTCOMES.get(str(result.get("r")).lower(), Outcome.INCONCLUSIVE),
        method=_METHODS.get(str(result.get("tc")).lower()),
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
