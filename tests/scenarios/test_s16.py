"""S16: a firm's licence and its agent at a bank."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.scenarios.country import DAY, about, everyone, person, policy, signed, t, verifier

from trustcert.claims import AgentAuthorisation, BusinessLicence, Claims, Holder, check
from trustcert.errors import MalformedError
from trustcert.gate.desk import Mandate, judge_agent
from trustcert.identifiers.names import matches
from trustcert.policy import Circumstances
from trustcert.report import Reason, Verdict

NOW = t("2026-03-02 09:00")
CODE = "91350100M000100Y43"
FIRM = Holder(name="金山（上海）贸易有限公司", organisation_code=CODE)
LICENCE = about(
    BusinessLicence(title="营业执照", number=CODE, representative="王俊"),
    NOW - DAY, issuer="CN-31", holder=FIRM,
)  # fmt: skip
AGENT = about(
    AgentAuthorisation(principal=str(FIRM.name), principal_code=CODE, powers=("open_account",)),
    NOW - DAY, issuer="CN-31", holder=person("李芳", "11010519491231002X"), expires=NOW + 7 * DAY,
)  # fmt: skip
RULES = policy(
    recognises=everyone("business_licence", "agent_authorisation", issuers=["CN-31"]),
    rules={"business_licence": {}, "agent_authorisation": {"identity": True}},
)


def mandate(agent: Claims = AGENT, power: str = "open_account", number: str = "002X") -> Mandate:
    from tests.scenarios.country import trust

    judge = verifier(RULES, trust("CN-31"))
    known = Circumstances(number=number)
    return judge_agent(
        judge, (signed(LICENCE), signed(agent)), power=power, at=NOW, circumstances=known
    )


def test_firm_and_agent_are_in_order() -> None:
    found = mandate()
    assert (found.verdict, found.firm.verdict, found.agent.verdict) == (Verdict.VALID,) * 3


def test_the_scope_counts() -> None:
    found = mandate(power="take_loan")
    assert (found.verdict, found.reason) == (Verdict.INVALID, Reason.POWER_MISSING)


def test_the_agent_is_of_this_firm() -> None:
    assert isinstance(AGENT.details, AgentAuthorisation)
    details = structs.replace(AGENT.details, principal_code="11430000006122244L")
    found = mandate(structs.replace(AGENT, details=details))
    assert (found.verdict, found.reason) == (Verdict.INVALID, Reason.HOLDER_MISMATCH)


def test_the_person_is_the_agent_and_the_time_has_not_run_out() -> None:
    assert mandate(number="0038").agent.reasons == (Reason.IDENTITY_MISMATCH,)
    expired = mandate(structs.replace(AGENT, expires=NOW - 60))
    assert (expired.verdict, expired.agent.reasons) == (Verdict.INVALID, (Reason.EXPIRED,))


@pytest.mark.parametrize("code", ["91350100M000100Y44", "9135010OM000100Y43"])
def test_a_wrong_credit_code_is_never_signed(code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        check(structs.replace(LICENCE, holder=structs.replace(FIRM, organisation_code=code)))
    assert caught.value.where == "credential.organisation_code"


def test_brackets_of_either_width_are_one_name() -> None:
    assert matches("金山（上海）贸易有限公司", "金山(上海)贸易有限公司")
