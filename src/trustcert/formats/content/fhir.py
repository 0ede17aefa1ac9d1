"""A SMART Health Card's FHIR bundle as claims (HL7 FHIR R4; Vaccination & Testing IG 1.0).

A bundle may hold a whole history. Its claims are its latest completed immunisation; without one,
its latest test of a kind in the table below; without that, a health record that nothing judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustcert.claims import (
    Details,
    HealthRecord,
    Holder,
    Outcome,
    TestMethod,
    TestResult,
    Vaccination,
)
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.formats.content import lenient
from trustcert.limits import BUNDLE_ENTRIES

_OUTCOMES: Final = {
    "260373001": Outcome.POSITIVE,  # SNOMED CT: detected
    "10828004": Outcome.POSITIVE,
    "260415000": Outcome.NEGATIVE,  # SNOMED CT: not detected
    "260385009": Outcome.NEGATIVE,
    "419984006": Outcome.INCONCLUSIVE,
    "42425007": Outcome.INCONCLUSIVE,
}
_METHODS: Final = {  # LOINC, the codes that the card's own guide names for SARS-CoV-2
    "94500-6": TestMethod.NUCLEIC_ACID,
    "94309-2": TestMethod.NUCLEIC_ACID,
    "94531-1": TestMethod.NUCLEIC_ACID,
    "94759-8": TestMethod.NUCLEIC_ACID,
    "94845-5": TestMethod.NUCLEIC_ACID,
    "95406-5": TestMethod.NUCLEIC_ACID,
    "94558-4": TestMethod.ANTIGEN,
    "95209-3": TestMethod.ANTIGEN,
    "97097-0": TestMethod.ANTIGEN,
    "94563-4": TestMethod.ANTIBODY,
    "94762-2": TestMethod.ANTIBODY,
}
_UNNAMED: Final = "unnamed"


def read(bundle: Mapping[str, Any]) -> tuple[Holder, Details]:
    """Return whom a bundle is about, and what it asserts.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.BUNDLE_ENTRIES` entries.
        MalformedError: no bundle of resources, or of several patients.
    """
    entries = typed(bundle.get("entry"), list, where="entry")
    if len(entries) > BUNDLE_ENTRIES:
        raise LimitExceededError(f"over {BUNDLE_ENTRIES} entries", where="entry")
    resources = [_resource(entry, index) for index, entry in enumerate(entries)]
    return _holder(_of(resources, "Patient")), _details(resources)


def _details(resources: list[Mapping[str, Any]]) -> Details:
    doses = [r for r in _of(resources, "Immunization") if r.get("status") == "completed"]
    dated = [r for r in doses if lenient.day(r.get("occurrenceDateTime"))]
    if dated:
        return _vaccination(sorted(dated, key=lambda r: str(r["occurrenceDateTime"])))
    tests = [r for r in _of(resources, "Observation") if _is_test(r)]
    if tests:
        return _test(max(tests, key=lambda r: str(r.get("effectiveDateTime", ""))))
    return HealthRecord()


def _vaccination(doses: list[Mapping[str, Any]]) -> Vaccination:
    latest = doses[-1]
    given_on = lenient.day(latest["occurrenceDateTime"])
    if given_on is None:
        raise MalformedError("must be a date", where="occurrenceDateTime")
    return Vaccination(
        disease=next(_codes(latest.get("targetDisease")), _UNNAMED),
        vaccine=next(_codes(latest.get("vaccineCode")), _UNNAMED),
        dose=min(len(doses), 99),
        given_on=given_on,
        lot=lenient.words(latest.get("lotNumber"), 64),
        site=_performer(latest),
    )


def _test(observation: Mapping[str, Any]) -> TestResult:
    codes = list(_codes(observation.get("code")))
    methods = [_METHODS[code] for code in codes if code in _METHODS]
    done = observation.get("status") in ("final", "amended", "corrected")
    return TestResult(
        result=_outcome(observation) if done else Outcome.INCONCLUSIVE,
        method=methods[0] if methods else None,
        sampled_at=lenient.moment(observation.get("effectiveDateTime")),
        reported_at=lenient.moment(observation.get("issued")),
        site=_performer(observation),
        disease=codes[0] if codes else None,
    )


def _is_test(observation: Mapping[str, Any]) -> bool:
    """Decide whether an observation is a test of these; a negative urine culture is none."""
    return any(code in _METHODS for code in _codes(observation.get("code")))


def _outcome(observation: Mapping[str, Any]) -> Outcome:
    found = {_OUTCOMES.get(code) for code in _codes(observation.get("valueCodeableConcept"))}
    known = found - {None}
    return (known.pop() if len(known) == 1 else None) or Outcome.INCONCLUSIVE


def _holder(patients: list[Mapping[str, Any]]) -> Holder:
    if len(patients) > 1:
        raise MalformedError("must be about one patient", where="entry")
    if not patients:
        return Holder()
    names = patients[0].get("name")
    official = names[0] if type(names) is list and names and type(names[0]) is dict else {}
    given = official.get("given")
    parts = [*(given if type(given) is list else ()), official.get("family")]
    return Holder(
        name=lenient.name(*parts) or lenient.name(official.get("text")),
        birth_date=lenient.day(patients[0].get("birthDate")),
    )


def _performer(resource: Mapping[str, Any]) -> str | None:
    performers = resource.get("performer")
    first = performers[0] if type(performers) is list and performers else None
    if type(first) is not dict:
        return None
    actor = first.get("actor")
    return lenient.words((actor if type(actor) is dict else first).get("display"))


def _codes(concept: Any) -> Iterator[str]:
    """Yield the codes of a CodeableConcept, or of the first of a list of them."""
    if type(concept) is list and concept:
        concept = concept[0]
    codings = concept.get("coding") if type(concept) is dict else None
    for coding in codings if type(codings) is list else ():
        code = lenient.words(coding.get("code"), 64) if type(coding) is dict else None
        if code is not None:
            yield code


def _of(resources: list[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [resource for resource in resources if resource.get("resourceType") == kind]


def _resource(entry: Any, index: int) -> Mapping[str, Any]:
    where = f"entry[{index}]"
    return typed(typed(entry, dict, where=where).get("resource"), dict, where=f"{where}.resource")
