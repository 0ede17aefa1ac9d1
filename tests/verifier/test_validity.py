"""What the step "validity" can give, each bound just before and at."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import (
    EXPIRES,
    GUANGDONG,
    ISSUED,
    NOW,
    POLICY,
    SAMPLED,
    held,
    objection,
    proof,
    report,
    signer,
    trusted,
    world,
)

from trustcert.claims import (
    Colour,
    HealthProof,
)
from trustcert.issuer import issue
from trustcert.registry.trust import KeyState
from trustcert.report import Reason, Step, Verdict
from trustcert.verifier import Verifier

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


def test_issued_in_future() -> None:
    details = HealthProof(colour=Colour.GREEN, sampled_at=SAMPLED)
    for ahead, verdict in ((60, VALID), (61, INVALID)):
        found = report(proof(issued_at=NOW + ahead, details=details))
        assert found.verdict is verdict
    assert objection(found) == (INVALID, Step.VALIDITY, Reason.ISSUED_IN_FUTURE)
    assert found.objections[0].where == "claims.iat"


def test_not_yet_valid() -> None:
    for ahead, verdict in ((60, VALID), (61, INVALID)):
        found = report(proof(not_before=NOW + ahead))
        assert found.verdict is verdict
    assert objection(found) == (INVALID, Step.VALIDITY, Reason.NOT_YET_VALID)
    assert found.objections[0].where == "claims.nbf"


def test_expired() -> None:
    trust = world(as_of=None, lists=(held(as_of=EXPIRES),), documents={
        GUANGDONG: POLICY | {"rules": {"health_proof": {"colours": ["green"],
                                                        "results": ["no_abnormality"]}}}
    })  # fmt: skip
    assert report(at=EXPIRES - 1, trust=trust).verdict is VALID
    found = report(at=EXPIRES, trust=trust)
    assert objection(found) == (INVALID, Step.VALIDITY, Reason.EXPIRED)
    assert found.objections[0].where == "claims.exp"


def test_leeway_never_prolongs_and_is_the_caller_s_choice() -> None:
    text = issue(proof(not_before=NOW + 600), signer())
    trust = world()
    for leeway, verdict in ((599, INVALID), (600, VALID)):
        verifier = Verifier(trust, destination=GUANGDONG, leeway=leeway)
        assert verifier.check(text, at=NOW).verdict is verdict
    patient = Verifier(trust, destination=GUANGDONG, leeway=10**6)
    found = patient.check(issue(proof(expires=NOW), signer()), at=NOW)
    assert found.reasons == (Reason.EXPIRED,)


@pytest.mark.parametrize(
    ("window", "verdict"),
    [
        ({"not_before": ISSUED}, VALID),
        ({"not_before": ISSUED + 1}, INVALID),
        ({"not_after": ISSUED + 1}, VALID),
        ({"not_after": ISSUED}, INVALID),
        ({"state": KeyState.RETIRED, "since": ISSUED + 1}, VALID),
        ({"state": KeyState.RETIRED, "since": ISSUED}, INVALID),
        ({"state": KeyState.RETIRED}, VALID),
        ({"state": KeyState.ACTIVE, "since": ISSUED}, VALID),
    ],
)
def test_outside_key_window(window: dict[str, Any], verdict: Verdict) -> None:
    found = report(trust=world(keys=(trusted(**window),)))
    assert found.verdict is verdict
    if verdict is INVALID:
        assert objection(found) == (INVALID, Step.VALIDITY, Reason.OUTSIDE_KEY_WINDOW)


def test_a_credential_without_an_end_is_valid() -> None:
    assert report(proof(expires=None)).verdict is VALID
