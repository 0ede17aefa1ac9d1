"""Cases, explanations, journeys and agreements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.policy.objections import reasons_of
from tests.scenarios.country import DAY, HOUR, PROOF_RULE, document, policy, proof, t

from trustcert.cli import run as command_line
from trustcert.errors import MalformedError
from trustcert.policy import Circumstances, cases, evaluate, from_document
from trustcert.policy.explaining import explain
from trustcert.policy.journeys import Stop, plan, valid_until
from trustcert.report import Reason, Verdict

NOW = t("2026-03-02 09:00")
EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"
CASE: dict[str, Any] = {
    "name": "fresh",
    "at": "2026-03-02T09:00:00+08:00",
    "issuer": "CN-51",
    "credential": {
        "type": "health_proof", "colour": "green", "result": "no_abnormality",
        "sampled_at": "2026-03-01T09:00:00+08:00",
    },
    "expect": "pass",
}  # fmt: skip


def results(*entries: dict[str, Any]) -> list[tuple[str, ...]]:
    found = cases.from_document({"cases": list(entries)})
    return [result.problems for result in cases.run(policy(), found)]


def test_a_case_that_holds_and_ones_that_do_not() -> None:
    assert results(CASE) == [()]
    assert results(CASE | {"expect": "deny"}) == [("expected DENY, got PASS",)]
    assert results(CASE | {"reasons": ["expired"]})[0] == ("other reasons than expected: none",)
    assert "2026-03-04T09:00:01+08:00" in results(CASE | {"valid_until": 0})[0][0]


def test_a_case_knows_circumstances() -> None:
    rules = from_document(
        document(
            rules={"health_proof": PROOF_RULE | {"identity": True, "beside": ["health_proof"]}}
        )
    )
    person = {
        "name": "胡志君",
        "document_type": "citizen_id",
        "document_number": "11010519491231002X",
    }
    credential = CASE["credential"] | person
    full = CASE | {"credential": credential, "number": "002X"}
    (alone,) = cases.run(rules, cases.from_document({"cases": [full | {"expect": "hold"}]}))
    assert alone.reasons == (Reason.DOCUMENT_NEEDED,)
    assert alone.problems == ()


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"at": None}, "cases[0].at"),
        ({"expect": "ok"}, "cases[0].expect"),
        ({"reasons": ["bad"]}, "cases[0].reasons[0]"),
        ({"credential": {"type": "health_proof", "hue": 1}}, "cases[0].credential.hue"),
        ({"note": "x"}, "cases[0].note"),
    ],
)
def test_a_slip_in_a_case(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        cases.from_document({"cases": [CASE | changed]})
    assert caught.value.where == where


def test_no_cases_are_no_test() -> None:
    with pytest.raises(MalformedError):
        cases.from_document({"cases": []})


def test_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rules, examples = EXAMPLES / "hebei.toml", EXAMPLES / "hebei.cases.toml"
    assert command_line(["policy", "test", str(rules), str(examples)]) == 0
    spoilt = tmp_path / "cases.toml"
    spoilt.write_text(examples.read_text().replace('"pass"', '"deny"'))
    assert command_line(["policy", "test", str(rules), str(spoilt)]) == 1
    assert command_line(["policy", "test", "--json", str(rules), str(spoilt)]) == 1
    capsys.readouterr()
    assert command_line(["policy", "check", str(rules)]) == 0
    assert '"destination": "CN-13"' in capsys.readouterr().out
    wrong = tmp_path / "policy.toml"
    wrong.write_text(rules.read_text().replace("days = 2", "days = 2000"))
    assert command_line(["policy", "check", str(wrong)]) == 4
    assert (
        "policy.toml: rules.test_result.test.days: must be 1 to 366 (found: 2000)"
        in capsys.readouterr().err
    )
    assert command_line(["policy", "schema"]) == 0
    assert "trustcert policy" in capsys.readouterr().out


def test_an_explanation_objects_to_what_the_check_objects_to() -> None:
    for claims, issuer in (
        (proof(NOW), "CN-51"),
        (proof(NOW), "CN-42"),
        (proof(NOW - 30 * DAY, sampled=NOW - 40 * DAY), "CN-51"),
    ):
        lines = explain(policy(), claims, issuer, at=NOW)
        objections, moments = evaluate(policy(), claims, issuer, NOW)
        assert [x.reason for x in lines if x.verdict is not Verdict.VALID] == [
            x.reason for x in objections
        ]
        assert min((x.until for x in lines if x.until), default=None) == min(moments, default=None)
        assert all(line.zh and line.en for line in lines)


def test_a_policy_is_in_force_for_a_time() -> None:
    rules = from_document(
        document()
        | {"valid_from": "2026-03-01T00:00:00+08:00", "valid_until": "2026-03-03T00:00:00+08:00"}
    )
    assert valid_until(rules, proof(NOW), "CN-51", at=NOW) == t("2026-03-03 00:00")
    for at in (t("2026-02-28 23:59"), t("2026-03-03 00:00")):
        findings, _ = evaluate(rules, proof(at), "CN-51", at)
        assert reasons_of(findings) == [Reason.POLICY_NOT_IN_FORCE]


def test_a_journey_goes_forward() -> None:
    rules = policy()
    with pytest.raises(MalformedError) as caught:
        plan(proof(NOW), "CN-51", [Stop(policy=rules, arrives=NOW, leaves=NOW - 1)])
    assert caught.value.where == "route[0]"
    lasting = plan(proof(NOW), "CN-51", [Stop(policy=rules, arrives=NOW, leaves=NOW + HOUR)])
    assert lasting.first_failure is None
    early = plan(proof(NOW), "CN-51", [Stop(policy=rules, arrives=NOW - DAY, leaves=NOW)])
    assert early.first_failure is not None
    assert early.first_failure.fails_at == NOW - DAY


def test_what_is_shown_beside_must_be_the_holders_and_pass() -> None:
    from tests.scenarios.country import everyone, negative_test, person

    from trustcert.policy import Companion

    rules = from_document(
        document(
            recognises=[*everyone("health_proof", "test_result")],
            rules={
                "health_proof": PROOF_RULE | {"beside": ["test_result"]},
                "test_result": {
                    "results": ["negative"],
                    "test": {"hours": 24, "origin": "sampled", "inclusive": True},
                },
            },
        )
    )
    mine = proof(NOW, holder=person(number="11010519491231002X"))

    def reasons(*tests: Any) -> list[Reason]:
        beside = tuple(Companion(claims=test, issuer="CN-51") for test in tests)
        known = Circumstances(companions=beside)
        return reasons_of(evaluate(rules, mine, "CN-51", NOW, known)[0])

    fresh = negative_test(NOW - HOUR, NOW - HOUR)
    assert reasons(fresh) == []
    assert reasons() == [Reason.DOCUMENT_NEEDED]
    assert reasons(negative_test(NOW - 25 * HOUR, NOW - 25 * HOUR)) == [Reason.DOCUMENT_NEEDED]
    other = negative_test(NOW - HOUR, NOW - HOUR, holder=person("张伟", "110105194912310038"))
    assert reasons(other) == [Reason.DOCUMENT_NEEDED]
    nameless = negative_test(NOW - HOUR, NOW - HOUR, holder=person())
    assert reasons(nameless) == [Reason.DOCUMENT_NEEDED]
