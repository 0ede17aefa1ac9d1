"""S5: a code is forwarded as a screenshot."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.scenarios.country import DAY, PROOF_RULE, policy, proof, signed, t, verifier
from tests.support import signer

from trustcert.claims import Claims, HealthProof, Presentation
from trustcert.presentation import LIVE_SECONDS, PREFIX, open_presented, present
from trustcert.qr import heal
from trustcert.report import Reason, Verdict

NOW = t("2026-03-02 09:00")
HOLDER = signer("holder")
CLAIMS = proof(NOW - 3600, holder_key=HOLDER.public_key, presentation=Presentation.LIVE)
CODE = signed(CLAIMS)
JUDGE = verifier(policy())


def test_a_live_presentation_passes_for_a_moment() -> None:
    shown = present(CODE, HOLDER, at=NOW)
    found = JUDGE.check(shown, at=NOW + 20)
    assert (found.verdict, found.valid_until) == (Verdict.VALID, NOW + LIVE_SECONDS + 1)
    assert JUDGE.check(shown, at=NOW + LIVE_SECONDS).verdict is Verdict.VALID


@pytest.mark.parametrize("away", [LIVE_SECONDS + 1, 600, -LIVE_SECONDS - 1, 3 * 60, -3 * 60])
def test_a_screenshot_is_stale_and_a_wrong_clock_is_held_not_denied(away: int) -> None:
    found = JUDGE.check(present(CODE, HOLDER, at=NOW), at=NOW + away)
    assert found.verdict is Verdict.INDETERMINATE
    assert Reason.PRESENTATION_STALE in found.reasons


def test_the_bare_code_is_not_enough() -> None:
    found = JUDGE.check(CODE, at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.PRESENTATION_NEEDED,))


def test_another_key_is_not_the_holder() -> None:
    found = JUDGE.check(present(CODE, signer("thief"), at=NOW), at=NOW)
    assert found.verdict is Verdict.INVALID
    assert Reason.PRESENTATION_WRONG in found.reasons


def test_a_presentation_of_another_credential_does_not_fit() -> None:
    other = signed(structs.replace(CLAIMS, expires=NOW + 5 * DAY))
    head = present(CODE, HOLDER, at=NOW).removesuffix(CODE)
    found = JUDGE.check(head + other, at=NOW)
    assert Reason.PRESENTATION_WRONG in found.reasons


def test_every_changed_character_of_the_presentation_is_noticed() -> None:
    shown = present(CODE, HOLDER, at=NOW)
    end = len(shown) - len(CODE)
    for place in range(len(PREFIX), end):
        changed = shown[:place] + ("A" if shown[place] != "A" else "B") + shown[place + 1 :]
        assert JUDGE.check(changed, at=NOW).verdict is not Verdict.VALID


def test_a_rule_may_ask_everybody_for_a_live_presentation() -> None:
    judge = verifier(policy(rules={"health_proof": PROOF_RULE | {"live": True}}))
    still = structs.replace(CLAIMS, presentation=None)
    assert judge.check(signed(still), at=NOW).reasons == (Reason.PRESENTATION_NEEDED,)
    assert judge.check(present(signed(still), HOLDER, at=NOW), at=NOW).verdict is Verdict.VALID


def test_without_a_key_in_the_phone_a_short_lived_code_is_issued_again_and_again() -> None:
    def fresh(at: int) -> Claims:
        details = CLAIMS.details
        assert isinstance(details, HealthProof)
        return proof(at, expires=at + 120, details=details)

    text = signed(fresh(NOW))
    assert JUDGE.check(text, at=NOW + 119).verdict is Verdict.VALID
    assert JUDGE.check(text, at=NOW + 600).reasons == (Reason.EXPIRED,)


def test_a_scanner_leaves_a_presentation_alone() -> None:
    shown = present(CODE, HOLDER, at=NOW)
    assert heal(shown + "\r\n") == shown
    assert open_presented(shown).credential == CODE
