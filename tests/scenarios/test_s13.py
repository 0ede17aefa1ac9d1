"""S13: a province's key was stolen."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.scenarios.country import DAY, key_of, policy, proof, signed, t, verifier
from tests.support import FakeTrust

from trustcert.registry.trust import KeyState
from trustcert.report import Reason, Verdict

NOW = t("2026-03-02 09:00")
STOLEN_AT = NOW - 2 * DAY
RULES = policy(recognises=[{"issuer": "CN-42", "types": ["health_proof"]}])
HELD = FakeTrust(
    keys=(key_of("CN-42", state=KeyState.COMPROMISED, since=STOLEN_AT),), as_of=NOW - 60
)


@pytest.mark.parametrize("issued_at", [STOLEN_AT - 20 * DAY, STOLEN_AT + 60])
def test_a_thief_can_date_back_so_everything_falls(issued_at: int) -> None:
    claims = proof(issued_at, issuer="CN-42")
    found = verifier(RULES, HELD).check(signed(structs.replace(claims)), at=NOW)
    assert found.verdict is Verdict.INVALID
    assert Reason.KEY_COMPROMISED in found.reasons
    assert "since" in next(f.detail for f in found.objections if f.reason is Reason.KEY_COMPROMISED)


def test_whoever_did_not_hear_of_it_is_held_when_the_registry_is_too_old() -> None:
    unaware = FakeTrust(keys=(key_of("CN-42"),), as_of=NOW - 3 * DAY)
    found = verifier(RULES, unaware).check(signed(proof(NOW - 3600, issuer="CN-42")), at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.REGISTRY_STALE,))


def test_a_retired_key_keeps_what_it_signed() -> None:
    retired = FakeTrust(keys=(key_of("CN-42", state=KeyState.RETIRED, since=NOW - DAY),))
    before = verifier(RULES, retired).check(signed(proof(NOW - 2 * DAY, issuer="CN-42")), at=NOW)
    after = verifier(RULES, retired).check(signed(proof(NOW - 3600, issuer="CN-42")), at=NOW)
    assert before.verdict is Verdict.VALID
    assert after.reasons == (Reason.OUTSIDE_KEY_WINDOW,)
