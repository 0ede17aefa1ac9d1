from __future__ import annotations

from datetime import date

import pytest

from trustcert.claims import (
    Disease,
    HealthCode,
    Outcome,
    Recovery,
    TestMethod,
    TestResult,
    Vaccination,
    disease_of,
    newest_test,
)
from trustcert.claims.codes import OUTCOMES, TESTS, disease_of_code, disease_of_vaccine
from trustcert.claims.events import distinct, numbered
from trustcert.claims.vocabulary import Colour


@pytest.mark.parametrize(
    ("code", "disease"),
    [
        ("840539006", Disease.COVID_19),
        ("RA01.0", Disease.COVID_19),
        ("U07.1", Disease.COVID_19),
        ("COVID-19", Disease.COVID_19),
        ("新冠病毒感染", Disease.COVID_19),
        ("6142004", Disease.INFLUENZA),
        ("influenza", Disease.INFLUENZA),
        ("A95", Disease.YELLOW_FEVER),
        ("unnamed", None),
        ("", None),
        (None, None),
    ],
)
def test_a_disease_is_known_by_its_codes_and_names(code: str | None, disease: object) -> None:
    assert disease_of_code(code) is disease


@pytest.mark.parametrize("disease", Disease)
def test_every_disease_is_known_by_its_own_name(disease: Disease) -> None:
    assert disease_of_code(disease.value) is disease


@pytest.mark.parametrize(
    ("code", "disease"),
    [
        ("207", Disease.COVID_19),
        ("J07BX03", Disease.COVID_19),
        ("1119349007", Disease.COVID_19),
        ("141", Disease.INFLUENZA),
        ("EU/1/20/1528", None),
        (None, None),
    ],
)
def test_a_vaccine_says_against_which_disease_it_is(code: str | None, disease: object) -> None:
    assert disease_of_vaccine(code) is disease


def test_the_disease_of_details() -> None:
    given = date(2021, 3, 1)
    assert disease_of(Recovery(disease="840539006")) is Disease.COVID_19
    assert disease_of(TestResult(result=Outcome.NEGATIVE)) is None
    assert disease_of(HealthCode(colour=Colour.GREEN)) is None
    flu = Vaccination(disease="influenza", vaccine="207", dose=1, given_on=given)
    assert disease_of(flu) is Disease.INFLUENZA
    by_vaccine = Vaccination(disease="unnamed", vaccine="207", dose=1, given_on=given)
    assert disease_of(by_vaccine) is Disease.COVID_19


def test_no_code_is_listed_twice_with_two_meanings() -> None:
    assert {TESTS[code].method for code in ("94500-6", "94534-5", "LP6464-4")} == {
        TestMethod.NUCLEIC_ACID
    }
    assert {test.method for test in TESTS.values()} == set(TestMethod)
    assert set(OUTCOMES.values()) == {Outcome.POSITIVE, Outcome.NEGATIVE, Outcome.INCONCLUSIVE}
    assert len(TESTS) == 33 + 4 + 27 + 8 + 4 + 3 + 2 + 1


def test_nothing_is_the_newest_of_nothing() -> None:
    assert newest_test([]) is None
    assert numbered([]) == distinct([]) == ()


def test_a_dose_s_number_is_that_among_its_disease() -> None:
    doses = [
        Vaccination(disease="840539006", vaccine=vaccine, dose=9, given_on=date(2021, month, 1))
        for month, vaccine in ((3, "a"), (1, "b"), (3, "c"))
    ]
    assert [(dose.given_on.month, dose.dose) for dose in numbered(doses)] == [(1, 1), (3, 2)]
    assert [dose.dose for dose in distinct(doses)] == [9, 9]
