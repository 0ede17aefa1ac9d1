"""S14: a checkpoint in a tunnel, 30 hours without a network."""

from __future__ import annotations

from tests.scenarios.country import HOUR, policy, proof, signed, t, trust, verifier
from tests.support import signer

from trustcert.cli import EXIT_INDETERMINATE, EXIT_INVALID
from trustcert.gate import Shift
from trustcert.issuer import issue
from trustcert.report import Reason, Verdict

NOW = t("2026-03-02 09:00")
SYNCED = NOW - 30 * HOUR
TUNNEL = Shift(verifier(policy(), trust("CN-51", as_of=SYNCED)), name="tunnel")


def test_a_key_of_yesterday_is_unknown_and_not_forged() -> None:
    rotated = issue(proof(NOW - HOUR), signer("CN-51 of today"))
    found = TUNNEL.scan(rotated, at=NOW).report
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.KEY_UNKNOWN,))
    assert found.ages["registry"] == 30 * HOUR
    assert {EXIT_INDETERMINATE, EXIT_INVALID} == {1, 3}
    forged = signed(proof(NOW - HOUR))[:-8] + "00000000"
    assert TUNNEL.scan(forged, at=NOW).report.verdict is Verdict.INVALID


def test_known_keys_go_on_and_the_guard_is_told_how_long() -> None:
    assert TUNNEL.scan(signed(proof(NOW - HOUR)), at=NOW).report.verdict is Verdict.VALID
    fresh = TUNNEL.freshness(at=NOW)
    assert (fresh.age, fresh.warn, fresh.good_until) == (30 * HOUR, True, SYNCED + 48 * HOUR)
    assert not TUNNEL.freshness(at=SYNCED + 23 * HOUR).warn


def test_after_48_hours_everybody_is_held_or_when_the_policy_says() -> None:
    late = SYNCED + 48 * HOUR
    found = TUNNEL.scan(signed(proof(late - HOUR)), at=late).report
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.REGISTRY_STALE,))
    strict = policy(ages={"warn_hours": 6, "hold_hours": 24})
    judge = verifier(strict, trust("CN-51", as_of=SYNCED))
    assert judge.check(signed(proof(NOW - HOUR)), at=NOW).reasons == (Reason.REGISTRY_STALE,)
