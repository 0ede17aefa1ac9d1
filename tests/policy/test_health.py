"""Vaccinations, recoveries and travel records: what counts, already and still."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.policy.objections import reasons_of
from tests.scenarios.country import HOUR, about, person, policy, t

from trustcert.claims import Claims, Recovery, Vaccination
from trustcert.claims.types import Details, Travel
from trustcert.policy import evaluate
from trustcert.report import Reason

DAY_0 = date(2022, 1, 10)
RULES = {
    "vaccination": {
        "diseases": ["covid"],
        "vaccines": ["a", "b"],
        "delay_days": 14,
        "valid_days": 270,
        "booster": {"from_dose": 3, "valid_days": 540},
    }
}


def shot(dose: int = 2, doses: int | None = 2, vaccine: str = "a", **changed: Any) -> Vaccination:
    values = {
        "disease": "covid",
        "vaccine": vaccine,
        "dose": dose,
        "doses": doses,
        "given_on": DAY_0,
    }
    return Vaccination(**{**values, **changed})


def said(details: Details, at: int, rule: dict[str, Any]) -> tuple[list[Reason], list[int]]:
    claims: Claims = about(details, t("2022-01-10 12:00"), issuer="CN-51", holder=person())
    kind = details.type.value
    rules = policy(recognises=[{"issuer": "CN-51", "types": [kind]}], rules={kind: rule})
    findings, moments = evaluate(rules, claims, "CN-51", at)
    return reasons_of(findings), moments


def midnight(days: int) -> int:
    return t(f"{DAY_0 + timedelta(days=days)} 00:00")


@pytest.mark.parametrize(
    ("details", "at", "reason"),
    [
        (shot(), midnight(14) - 1, Reason.VACCINATION_TOO_NEW),
        (shot(), midnight(14), None),
        (shot(), midnight(271) - 1, None),
        (shot(), midnight(271), Reason.VACCINATION_TOO_OLD),
        (shot(dose=1), midnight(20), Reason.VACCINATION_INCOMPLETE),
        (shot(doses=None), midnight(20), Reason.VACCINATION_UNKNOWN),
        (shot(vaccine="c"), midnight(20), Reason.VACCINE_UNKNOWN),
        (shot(disease="flu"), midnight(20), Reason.VACCINE_UNKNOWN),
        (shot(dose=3, doses=3), midnight(0), None),
        (shot(dose=3, doses=None), midnight(541) - 1, None),
        (shot(dose=3, doses=3), midnight(541), Reason.VACCINATION_TOO_OLD),
    ],
)
def test_a_vaccination(details: Vaccination, at: int, reason: Reason | None) -> None:
    found, _ = said(details, at, RULES)
    assert found == ([] if reason is None else [reason])


def test_a_pass_ends_when_the_days_are_over() -> None:
    assert said(shot(), midnight(20), RULES) == ([], [midnight(271)])


@pytest.mark.parametrize(
    "details",
    [shot(), Recovery(disease="covid"), Travel(as_of=t("2022-01-10 10:00"), window_days=14)],
)
def test_without_a_rule_it_is_held(details: Details) -> None:
    assert said(details, midnight(20), {})[0] == [Reason.RULE_MISSING]


RECOVERED = {"recovery": {"from_days": 11, "until_days": 180}}


@pytest.mark.parametrize(
    ("details", "at", "reason"),
    [
        (Recovery(disease="x", positive_on=DAY_0), midnight(11) - 1, Reason.RECOVERY_TOO_NEW),
        (Recovery(disease="x", positive_on=DAY_0), midnight(11), None),
        (Recovery(disease="x", positive_on=DAY_0), midnight(181) - 1, None),
        (Recovery(disease="x", positive_on=DAY_0), midnight(181), Reason.RECOVERY_TOO_OLD),
        (Recovery(disease="x"), midnight(20), Reason.TEST_TIME_MISSING),
        (
            Recovery(disease="x", positive_on=DAY_0, valid_until=DAY_0 + timedelta(days=90)),
            midnight(91),
            Reason.RECOVERY_TOO_OLD,
        ),
    ],
)
def test_a_recovery(details: Recovery, at: int, reason: Reason | None) -> None:
    found, _ = said(details, at, RECOVERED)
    assert found == ([] if reason is None else [reason])


AVOIDING = {"travel": {"hours": 24, "avoid": ["CN-42-01"]}}
AS_OF = t("2022-01-10 10:00")


@pytest.mark.parametrize(
    ("places", "at", "reason"),
    [
        (None, AS_OF + 24 * HOUR - 1, None),
        (None, AS_OF + 24 * HOUR, Reason.TRAVEL_STALE),
        (None, AS_OF - 1, Reason.TEST_IN_FUTURE),
        (("CN-51-01", "CN-42-05"), AS_OF, None),
        (("CN-42-01",), AS_OF, Reason.PLACE_REFUSED),
        (("CN-42-01-02",), AS_OF, Reason.PLACE_REFUSED),
        (("CN-42",), AS_OF, Reason.DIVISION_MISSING),
    ],
)
def test_a_travel_record(places: tuple[str, ...] | None, at: int, reason: Reason | None) -> None:
    found, _ = said(Travel(as_of=AS_OF, window_days=14, places=places), at, AVOIDING)
    assert found == ([] if reason is None else [reason])
