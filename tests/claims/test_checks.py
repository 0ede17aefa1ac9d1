from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.support import EXPIRES, ISSUED, proof, signer

from trustcert import formats, issue
from trustcert.claims import (
    AgentAuthorisation,
    BusinessLicence,
    Claims,
    Colour,
    HealthProof,
    Holder,
    Licence,
    Outcome,
    TestResult,
    Vaccination,
    check,
)
from trustcert.errors import MalformedError

CODE = "91350100M000100Y43"


def refused(claims: Claims) -> tuple[str, str]:
    with pytest.raises(MalformedError) as caught:
        check(claims)
    return caught.value.where, caught.value.problem


def vaccinated(**changed: Any) -> Claims:
    fields: dict[str, Any] = {
        "disease": "COVID-19", "vaccine": "x", "dose": 1, "doses": 2,
        "given_on": date(2020, 2, 1),
    }  # fmt: skip
    return proof(details=Vaccination(**fields | changed))


def test_claims_in_order_pass() -> None:
    check(proof())
    check(proof(expires=None, not_before=None))
    check(proof(not_before=ISSUED - 1))


def test_it_expires_after_it_was_issued() -> None:
    check(proof(expires=ISSUED + 1))
    assert refused(proof(expires=ISSUED)) == ("exp", "must be after the time of issue")


def test_it_begins_before_it_expires() -> None:
    check(proof(not_before=EXPIRES - 1))
    assert refused(proof(not_before=EXPIRES)) == ("nbf", "must be before exp")


def test_a_person_has_a_name() -> None:
    assert refused(proof(holder=Holder())) == ("credential.name", "is missing")
    named_by_code = proof(holder=Holder(organisation_code=CODE))
    assert refused(named_by_code) == ("credential.name", "is missing")


def test_a_body_has_a_name_or_a_credit_code() -> None:
    licence = Licence(title="食品经营许可证", number="JY1")
    check(proof(details=licence, holder=Holder(name="张三食品店")))
    check(proof(details=licence, holder=Holder(organisation_code=CODE)))
    assert refused(proof(details=licence, holder=Holder()))[0] == "credential.name"


def test_a_credit_code_is_checked() -> None:
    for wrong in (CODE[:-1] + "4", CODE.lower(), "", CODE[:-1]):
        holder = Holder(name="张三食品店", organisation_code=wrong)
        place, problem = refused(proof(holder=holder))
        assert place == "credential.organisation_code"
        assert not wrong or wrong not in problem


@pytest.mark.parametrize("name", ["sampled_at", "reported_at"])
@pytest.mark.parametrize("profile", [HealthProof, TestResult])
def test_nothing_is_tested_after_the_time_of_issue(profile: Any, name: str) -> None:
    first = {"colour": Colour.GREEN} if profile is HealthProof else {"result": Outcome.NEGATIVE}
    check(proof(details=profile(**first, **{name: ISSUED})))
    found = refused(proof(details=profile(**first, **{name: ISSUED + 1})))
    assert found == (f"credential.{name}", "must not be after the time of issue")


def test_nothing_is_reported_before_it_was_sampled() -> None:
    def tested(sampled: int, reported: int) -> Claims:
        details = HealthProof(colour=Colour.GREEN, sampled_at=sampled, reported_at=reported)
        return proof(details=details)

    check(tested(ISSUED - 5, ISSUED - 5))
    found = refused(tested(ISSUED - 5, ISSUED - 6))
    assert found == ("credential.reported_at", "must not be before sampled_at")


def test_no_dose_is_above_the_doses() -> None:
    check(vaccinated(dose=2))
    check(vaccinated(dose=3, doses=None))
    assert refused(vaccinated(dose=3)) == ("credential.dose", "must not be above doses")


DOUBTFUL = "91350200M000100Y40"


def test_a_credit_code_with_another_check_character_needs_the_issuer_s_word() -> None:
    firm = proof(
        details=BusinessLicence(title="营业执照", number="1"),
        holder=Holder(name="厦门某某有限公司", organisation_code=DOUBTFUL),
    )
    assert refused(firm)[0] == "credential.organisation_code"
    assert check(firm, strict_check=False) == ("credential.organisation_code",)
    with pytest.raises(MalformedError):
        issue(firm, signer())
    assert formats.open_claims(formats.decode(issue(firm, signer(), strict_check=False))) == firm


def test_an_agent_s_principal_may_have_such_a_code_too() -> None:
    agent = proof(
        details=AgentAuthorisation(principal="x", principal_code=DOUBTFUL, powers=("签订合同",))
    )
    assert refused(agent)[0] == "credential.principal_code"
    assert check(agent, strict_check=False) == ("credential.principal_code",)


def test_nothing_is_doubtful_in_right_claims() -> None:
    assert check(proof()) == ()
    right = proof(holder=Holder(name="x", organisation_code=CODE))
    assert check(right, strict_check=False) == ()
