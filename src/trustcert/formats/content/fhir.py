"""A SMART Health Card's FHIR bundle as claims (HL7 FHIR R4; Vaccination & Testing IG 1.0).

A bundle may hold a whole history. Its events are all distinct completed doses, each with its
number among those of its disease, and all tests of a kind in :mod:`trustcert.claims.codes`. Its
details are the newest dose; without one, the newest test; without that, a health record that
nothing judges.

What modifies the meaning of an element and is not known here makes the whole card unsupported
(FHIR R4 section 2.6.0.1), and so does an event that is of another patient than the card's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustcert.claims import Details, HealthRecord, Holder, Outcome, TestResult, Vaccination
from trustcert.claims.codes import OUTCOMES, TESTS, disease_of_vaccine
from trustcert.claims.events import newest_test, numbered
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats.content import lenient
from trustcert.limits import BUNDLE_ENTRIES

__all__ = ["Content", "read"]

_CVX: Final = "http://hl7.org/fhir/sid/cvx"
_UNNAMED: Final = "unnamed"
_FORMER_NAMES: Final = frozenset({"old", "nickname", "maiden", "anonymous"})
"""Uses of a name by which no document of today names its holder (FHIR R4, HumanName.use)."""
_NO_RESULT: Final = frozenset({"entered-in-error", "cancelled"})
_DONE: Final = frozenset({"final", "amended", "corrected"})
_MODIFIERS: Final = frozenset({"modifierExtension", "implicitRules"})

Content = tuple[Holder, Details, tuple[Details, ...]]
"""Whom a bundle is about, what it asserts, and all its events."""


def read(bundle: Mapping[str, Any], *, issued_at: int) -> Content:
    """Return whom a bundle is about, what it asserts, and all its events.

    ``issued_at`` (Unix seconds) is when the card was issued: names that had ended by then are not
    the holder's.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.BUNDLE_ENTRIES` entries.
        MalformedError: no bundle of resources, or of several patients.
        UnsupportedError: a modifier that is not known here, or an event of another patient.
    """
    entries = typed(bundle.get("entry"), list, where="entry")
    if len(entries) > BUNDLE_ENTRIES:
        raise LimitExceededError(f"over {BUNDLE_ENTRIES} entries", where="entry")
    resources = [_resource(entry, index) for index, entry in enumerate(entries)]
    _refuse_modifiers(bundle)
    patients = [n for n, found in enumerate(resources) if found.get("resourceType") == "Patient"]
    if len(patients) > 1:
        raise MalformedError("must be about one patient", where="entry")
    references = {name for n in patients for name in _names_of(entries[n], resources[n], n)}
    doses = numbered(_doses(resources, references))
    tests = tuple(_tests(resources, references))
    newest = doses[-1] if doses else newest_test(tests)
    holder = _holder(resources[patients[0]], issued_at) if patients else Holder()
    return holder, newest or HealthRecord(), (*doses, *tests)


def _refuse_modifiers(element: Any) -> None:
    """Raise if an element at any depth has a modifier extension or rules of its own."""
    if type(element) is list:
        for entry in element:
            _refuse_modifiers(entry)
    elif type(element) is dict:
        for name, value in element.items():
            if name in _MODIFIERS and value != []:
                raise UnsupportedError(f"fhirBundle holds {name}, which may change its meaning")
            _refuse_modifiers(value)


def _names_of(entry: Mapping[str, Any], patient: Mapping[str, Any], index: int) -> set[str]:
    """Return the texts by which the bundle's other resources refer to its patient."""
    names = {f"resource:{index}"}
    address = entry.get("fullUrl")
    if type(address) is str:
        names = {address, "Patient/" + address.rpartition("/Patient/")[2]}
    if type(patient.get("id")) is str:
        names.add(f"Patient/{patient['id']}")
    return names


def _about_the_patient(resource: Mapping[str, Any], field: str, references: set[str]) -> None:
    """Raise if an event names another patient than the card's; many cards name none."""
    link = resource.get(field)
    if link is None:
        return
    if type(link) is not dict or link.get("reference") not in references:
        kind = resource.get("resourceType")
        raise UnsupportedError(f"{kind}.{field} does not refer to the patient of the card")


def _doses(resources: list[Mapping[str, Any]], references: set[str]) -> Iterator[Vaccination]:
    """Yield the completed doses that have a day and their full potency."""
    for resource in _of(resources, "Immunization"):
        _about_the_patient(resource, "patient", references)
        given_on = lenient.day(resource.get("occurrenceDateTime"))
        weak = resource.get("isSubpotent", False) is not False
        if given_on is None or weak or resource.get("status") != "completed":
            continue
        codes = sorted(_codings(resource.get("vaccineCode")), key=lambda code: code[0] != _CVX)
        vaccine = codes[0][1] if codes else _UNNAMED
        against = next((found for _, code in codes if (found := disease_of_vaccine(code))), None)
        yield Vaccination(
            disease=_target(resource) or (against.value if against else _UNNAMED),
            vaccine=vaccine,
            dose=1,
            given_on=given_on,
            lot=lenient.words(resource.get("lotNumber"), 64),
            site=_performer(resource),
        )


def _target(resource: Mapping[str, Any]) -> str | None:
    """Return the disease that a dose names, in either of the two places where cards have it."""
    protocols = resource.get("protocolApplied")
    held = [resource, *(protocols if type(protocols) is list else ())]
    named = (part.get("targetDisease") for part in held if type(part) is dict)
    return next((code for value in named for _, code in _codings(value)), None)


def _tests(resources: list[Mapping[str, Any]], references: set[str]) -> Iterator[TestResult]:
    """Yield the tests of a known kind; a negative urine culture is none."""
    for resource in _of(resources, "Observation"):
        known = [TESTS[code] for _, code in _codings(resource.get("code")) if code in TESTS]
        if not known or resource.get("status") in _NO_RESULT:
            continue
        _about_the_patient(resource, "subject", references)
        methods = {test.method for test in known}
        diseases = {test.disease for test in known}
        disease = diseases.pop() if len(diseases) == 1 else None
        done = resource.get("status") in _DONE
        yield TestResult(
            result=_outcome(resource) if done else Outcome.INCONCLUSIVE,
            method=methods.pop() if len(methods) == 1 else None,
            sampled_at=lenient.moment(resource.get("effectiveDateTime"))
            or lenient.moment(resource.get("effectiveInstant")),
            reported_at=lenient.moment(resource.get("issued")),
            site=_performer(resource),
            disease=None if disease is None else disease.value,
        )


def _outcome(resource: Mapping[str, Any]) -> Outcome:
    """Return the one result that value and interpretation agree on, else ``inconclusive``."""
    value = _outcomes(resource.get("valueCodeableConcept"))
    marks = resource.get("interpretation")
    marked = [_outcomes(mark) for mark in (marks if type(marks) is list else ())]
    agreed = value.union(*marked)
    return agreed.pop() if value and len(agreed) == 1 else Outcome.INCONCLUSIVE


def _outcomes(concept: Any) -> set[Outcome]:
    return {OUTCOMES[code] for _, code in _codings(concept) if code in OUTCOMES}


def _holder(patient: Mapping[str, Any], issued_at: int) -> Holder:
    """Return the holder, by the first name that is in use: an official one before others."""
    if patient.get("active", True) is not True or patient.get("link"):
        raise UnsupportedError("the patient's record is not in use, or another takes its place")
    names = patient.get("name")
    listed = [name for name in (names if type(names) is list else ()) if type(name) is dict]
    current = [name for name in listed if _is_current(name, issued_at)]
    if listed and not current:
        raise UnsupportedError("the patient has no name that is in use")
    current.sort(key=lambda name: name.get("use") != "official")
    name = current[0] if current else {}
    given = name.get("given")
    parts = [*(given if type(given) is list else ()), name.get("family")]
    return Holder(
        name=lenient.name(*parts) or lenient.name(name.get("text")),
        birth_date=lenient.day(patient.get("birthDate")),
    )


def _is_current(name: Mapping[str, Any], issued_at: int) -> bool:
    """Decide whether a name was in use at a moment; a period's last day belongs to it."""
    period = name.get("period")
    end = period.get("end") if type(period) is dict else None
    if name.get("use") in _FORMER_NAMES:
        return False
    return end is None or not lenient.is_over(end, issued_at)


def _performer(resource: Mapping[str, Any]) -> str | None:
    performers = resource.get("performer")
    first = performers[0] if type(performers) is list and performers else None
    if type(first) is not dict:
        return None
    actor = first.get("actor")
    return lenient.words((actor if type(actor) is dict else first).get("display"))


def _codings(concept: Any) -> Iterator[tuple[Any, str]]:
    """Yield system and code of each coding of a CodeableConcept, or of a list of them."""
    for one in concept if type(concept) is list else [concept]:
        codings = one.get("coding") if type(one) is dict else None
        for coding in codings if type(codings) is list else ():
            code = lenient.words(coding.get("code"), 64) if type(coding) is dict else None
            if code is not None:
                yield coding.get("system"), code


def _of(resources: list[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [resource for resource in resources if resource.get("resourceType") == kind]


def _resource(entry: Any, index: int) -> Mapping[str, Any]:
    where = f"entry[{index}]"
    return typed(typed(entry, dict, where=where).get("resource"), dict, where=f"{where}.resource")
