"""What the step "policy" can give."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import (
    HOUR,
    NOW,
    SAMPLED,
    SHANGHAI,
    SICHUAN,
    objection,
    policy_with,
    proof,
    report,
    world,
)

from trustcert.claims import (
    Colour,
    HealthProof,
    Outcome,
)
from trustcert.report import Reason, Step, Verdict

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


def test_policy_missing() -> None:
    found = report(trust=world(documents={}))
    assert objection(found) == (HELD, Step.POLICY, Reason.POLICY_MISSING)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"issuer": SHANGHAI, "types": ["health_proof"]}],
        [{"issuer": SICHUAN, "types": ["licence", "vaccination"]}],
        [{"issuer": SICHUAN, "types": []}],
    ],
)
def test_not_recognised(lines: list[dict[str, Any]]) -> None:
    found = report(trust=policy_with(recognises=lines))
    assert objection(found) == (HELD, Step.POLICY, Reason.NOT_RECOGNISED)


def test_recognition_not_yet() -> None:
    line = {"issuer": SICHUAN, "types": ["health_proof"]}
    assert report(trust=policy_with(recognises=[line | {"valid_from": NOW}])).verdict is VALID
    found = report(trust=policy_with(recognises=[line | {"valid_from": NOW + 1}]))
    assert objection(found) == (HELD, Step.POLICY, Reason.RECOGNITION_NOT_YET)


def test_recognition_ended() -> None:
    line = {"issuer": SICHUAN, "types": ["health_proof"]}
    assert report(trust=policy_with(recognises=[line | {"valid_until": NOW + 1}])).verdict is VALID
    found = report(trust=policy_with(recognises=[line | {"valid_until": NOW}]))
    assert objection(found) == (HELD, Step.POLICY, Reason.RECOGNITION_ENDED)


@pytest.mark.parametrize("colour", [Colour.RED, Colour.ORANGE, Colour.YELLOW])
def test_colour_refused(colour: Colour) -> None:
    found = report(proof(details=HealthProof(colour=colour, sampled_at=SAMPLED)))
    assert objection(found) == (INVALID, Step.POLICY, Reason.COLOUR_REFUSED)
    assert found.objections[0].where == "claims.credential.colour"


@pytest.mark.parametrize("colour", [Colour.GREY, Colour.NONE])
def test_colour_unknown(colour: Colour) -> None:
    found = report(proof(details=HealthProof(colour=colour, sampled_at=SAMPLED)))
    assert objection(found) == (HELD, Step.POLICY, Reason.COLOUR_UNKNOWN)


@pytest.mark.parametrize("result", [Outcome.POSITIVE, Outcome.ABNORMALITY])
def test_result_refused(result: Outcome) -> None:
    details = HealthProof(colour=Colour.GREEN, sampled_at=SAMPLED, result=result)
    found = report(proof(details=details))
    assert objection(found) == (INVALID, Step.POLICY, Reason.RESULT_REFUSED)
    assert found.objections[0].where == "claims.credential.result"


def test_result_unknown() -> None:
    details = HealthProof(colour=Colour.GREEN, sampled_at=SAMPLED, result=Outcome.INCONCLUSIVE)
    found = report(proof(details=details))
    assert objection(found) == (HELD, Step.POLICY, Reason.RESULT_UNKNOWN)


@pytest.mark.parametrize(
    ("inclusive", "age", "verdict"),
    [
        (True, 72 * HOUR, VALID),
        (True, 72 * HOUR + 1, INVALID),
        (False, 72 * HOUR - 1, VALID),
        (False, 72 * HOUR, INVALID),
    ],
)
@pytest.mark.parametrize("origin", ["sampled", "reported"])
def test_test_too_old(
    origin: str,
    inclusive: bool,  # noqa: FBT001 - a row
    age: int,
    verdict: Verdict,
) -> None:
    rule = {"colours": ["green"], "test": {
        "hours": 72, "origin": origin, "inclusive": inclusive,
    }}  # fmt: skip
    times: dict[str, Any] = {f"{origin}_at": NOW - age}
    details = HealthProof(colour=Colour.GREEN, **times)
    found = report(proof(details=details), trust=policy_with(rules={"health_proof": rule}))
    assert found.verdict is verdict
    if verdict is INVALID:
        assert objection(found) == (INVALID, Step.POLICY, Reason.TEST_TOO_OLD)
        assert found.objections[0].where == f"claims.credential.{origin}_at"


def test_test_time_missing() -> None:
    found = report(proof(details=HealthProof(colour=Colour.GREEN, reported_at=SAMPLED)))
    assert objection(found) == (HELD, Step.POLICY, Reason.TEST_TIME_MISSING)


def test_test_in_future() -> None:
    for ahead, verdict in ((0, VALID), (1, HELD)):
        details = HealthProof(colour=Colour.GREEN, sampled_at=NOW + ahead)
        found = report(proof(issued_at=NOW + ahead, details=details))
        assert found.verdict is verdict
    assert objection(found) == (HELD, Step.POLICY, Reason.TEST_IN_FUTURE)


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"licence": {}},
        {"health_proof": {"results": ["no_abnormality"]}},
        {"health_proof": {"colours": ["green"]}},
    ],
)
def test_rule_missing(rules: dict[str, Any]) -> None:
    found = report(trust=policy_with(rules=rules))
    assert objection(found) == (HELD, Step.POLICY, Reason.RULE_MISSING)


def test_an_empty_list_of_colours_accepts_none() -> None:
    rule = {"colours": [], "results": ["no_abnormality"]}
    found = report(trust=policy_with(rules={"health_proof": rule}))
    assert objection(found) == (INVALID, Step.POLICY, Reason.COLOUR_REFUSED)
