"""Rules of member states: which count, what they say, and until when."""

from __future__ import annotations

from typing import Any

import pytest
from tests.policy.objections import reasons_of

from trustcert.claims import Claims, HealthRecord
from trustcert.encoding import instants
from trustcert.errors import MalformedError
from trustcert.policy import cert_rules, evaluate, from_document, to_document
from trustcert.report import Reason, Verdict

DAY = 86_400
NOW = instants.instant("2021-08-01T12:00:00Z")
GIVEN = "2021-06-01"
FIFTEEN_DAYS: Any = {
    "if": [
        {"var": "payload.v.0"},
        {
            "not-after": [
                {"plusTime": [{"var": "payload.v.0.dt"}, 15, "day"]},
                {"plusTime": [{"var": "external.validationClock"}, 0, "day"]},
                {"plusTime": [{"var": "payload.v.0.dt"}, 364, "day"]},
            ]
        },
        True,
    ]
}
KNOWN_VACCINE: Any = {
    "in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.vaccines-covid-19-names"}]
}


def rule(logic: Any, **changed: Any) -> dict[str, Any]:
    return {
        "Identifier": "VR-DE-0001",
        "Type": "Acceptance",
        "Country": "DE",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.0.0",
        "CertificateType": "Vaccination",
        "Description": [{"lang": "de", "desc": "zu früh"}, {"lang": "en", "desc": "too early"}],
        "ValidFrom": "2021-07-01T00:00:00Z",
        "ValidTo": "2030-06-01T00:00:00Z",
        "AffectedFields": ["v.0.dt"],
        "Logic": logic,
    } | changed


def claims(issuer: str = "AT", **event: Any) -> Claims:
    found = {"dt": GIVEN, "mp": "EU/1/20/1528", "dn": 2, "sd": 2, "co": issuer} | event
    return Claims(
        issuer=issuer,
        issued_at=NOW - DAY,
        expires=NOW + 400 * DAY,
        details=HealthRecord(),
        original={"ver": "1.3.0", "nam": {}, "dob": "1990-01-31", "v": [found]},
    )


def rules(*entries: Any, **more: Any) -> cert_rules.CertRules:
    sets = {"vaccines-covid-19-names": ["EU/1/20/1528"]}
    return cert_rules.CertRules.from_json(
        {"country": "DE", "rules": list(entries), "value_sets": sets} | more
    )


def reasons(*entries: Any, at: int = NOW, **event: Any) -> list[Reason] | None:
    judged = rules(*entries).judge(claims(**event), at)
    return None if judged is None else reasons_of(judged[0])


def test_a_rule_that_holds_objects_to_nothing() -> None:
    assert reasons(rule(FIFTEEN_DAYS), rule(KNOWN_VACCINE, Identifier="VR-DE-0002")) == []


def test_a_rule_that_fails_is_named_with_its_version_and_its_words() -> None:
    judged = rules(rule(FIFTEEN_DAYS)).judge(claims(dt="2021-07-30"), NOW)
    assert judged is not None
    (finding,) = judged[0]
    assert (finding.reason, finding.verdict) == (Reason.RULE_FAILED, Verdict.INVALID)
    assert finding.detail == "VR-DE-0001 1.0.0: too early"
    assert finding.where == "certlogic.VR-DE-0001"


def test_every_rule_that_fails_is_named() -> None:
    both = (rule(FIFTEEN_DAYS), rule(KNOWN_VACCINE, Identifier="VR-DE-0002"))
    failed = [Reason.RULE_FAILED, Reason.RULE_FAILED]
    assert reasons(*both, dt="2021-07-30", mp="other") == failed


@pytest.mark.parametrize(
    "changed",
    [
        {"Country": "FR"},
        {"Region": "BY"},
        {"CertificateType": "Test"},
        {"CertificateType": "Recovery"},
        {"ValidFrom": "2021-09-01T00:00:00Z"},
        {"ValidTo": "2021-08-01T12:00:00Z"},
        {"Type": "Invalidation"},
        {"Type": "Invalidation", "Country": "FR"},
    ],
)
def test_a_rule_for_something_else_is_not_asked(changed: Any) -> None:
    assert reasons(rule({"!": [True]}, **changed)) is None


@pytest.mark.parametrize(
    "changed",
    [{}, {"CertificateType": "General"}, {"Type": "Invalidation", "Country": "AT"}],
)
def test_a_rule_for_this_is_asked(changed: Any) -> None:
    assert reasons(rule({"!": [True]}, **changed)) == [Reason.RULE_FAILED]


def test_rules_of_the_region_count_in_the_region() -> None:
    found = rules(rule({"!": [True]}, Region="BY"), region="BY").judge(claims(), NOW)
    assert found is not None
    assert len(found[0]) == 1


def test_the_highest_version_in_force_counts() -> None:
    old, new = rule({"!": [True]}), rule({"!": [False]}, Version="1.10.0")
    middle = rule({"!": [True]}, Version="1.9.0")
    later = rule({"!": [True]}, Version="2.0.0", ValidFrom="2021-09-01T00:00:00Z")
    assert reasons(old, new, middle, later) == []


@pytest.mark.parametrize(
    ("logic", "changed"),
    [
        ({"or": [True, True]}, {}),
        ({"+": [1, "2"]}, {}),
        ({"var": "payload.nothing"}, {}),
        ({"!": [False]}, {"EngineVersion": "2.0.0"}),
        ({"!": [False]}, {"Engine": "OTHER"}),
    ],
)
def test_what_cannot_be_answered_is_open(logic: Any, changed: Any) -> None:
    assert reasons(rule(logic, **changed)) == [Reason.RULE_OPEN]


def test_the_moment_at_which_a_rule_turns_is_found_to_the_second() -> None:
    judged = rules(rule(FIFTEEN_DAYS)).judge(claims(), NOW)
    assert judged is not None
    assert min(judged[1]) == instants.instant("2022-05-31T00:00:00Z") + 1
    failed = rules(rule(FIFTEEN_DAYS)).judge(claims(), min(judged[1]))
    assert failed is not None
    assert len(failed[0]) == 1


def test_a_rule_that_ends_is_a_moment_too() -> None:
    ending = rule({"!": [False]}, ValidTo="2021-08-02T00:00:00Z")
    judged = rules(ending).judge(claims(), NOW)
    assert judged is not None
    assert judged[1] == [instants.instant("2021-08-02T00:00:00Z")]


def test_native_claims_are_not_judged() -> None:
    native = Claims(issuer="AT", issued_at=NOW, details=HealthRecord())
    assert rules(rule({"!": [True]})).judge(native, NOW) is None


def test_they_stand_in_a_policy_and_come_out_as_they_went_in() -> None:
    document = {
        "destination": "DE",
        "recognises": [{"issuer": "AT", "types": ["health_record"]}],
        "certlogic": {"country": "DE", "rules": [rule(FIFTEEN_DAYS)]},
    }
    policy = from_document(document)
    assert to_document(policy)["certlogic"] == document["certlogic"]
    assert evaluate(policy, claims(), "AT", NOW)[0] == []
    failed, _ = evaluate(policy, claims(dt="2021-07-31"), "AT", NOW)
    assert reasons_of(failed) == [Reason.RULE_FAILED]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"Version": "1"}, "rules[0].Version"),
        ({"Type": "Other"}, "rules[0].Type"),
        ({"CertificateType": "X"}, "rules[0].CertificateType"),
        ({"ValidFrom": "yesterday"}, "rules[0].ValidFrom"),
        ({"Logic": True}, "rules[0].Logic"),
        ({"Country": None}, "rules[0].Country"),
    ],
)
def test_a_bad_rule_is_named_before_it_is_signed(changed: Any, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        rules(rule(FIFTEEN_DAYS, **changed))
    assert caught.value.where == where
