"""S15: the device's clock is wrong."""

from __future__ import annotations

import dataclasses

import pytest
from tests.scenarios.country import DAY, policy, proof, signed, t, trust, verifier

from trustcert.report import Reason, Verdict

NOW = t("2026-03-02 09:00")
HELD = dataclasses.replace(trust("CN-51", as_of=NOW - 60), clock_floor=NOW - 60)
JUDGE = verifier(policy(), HELD)


@pytest.mark.parametrize("clock", [t("2015-01-01 00:00"), NOW - DAY])
def test_a_clock_set_back_never_revives_a_code(clock: int) -> None:
    expired = signed(proof(clock - 3600, expires=clock + 3600))
    found = JUDGE.check(expired, at=clock)
    assert found.verdict is Verdict.INDETERMINATE
    assert found.reasons == (Reason.CLOCK_BEHIND,)
    assert "at or after 2026-03-02 08:59" in found.objections[0].detail


def test_a_clock_a_day_ahead_holds_by_age_or_ends_codes_never_prolongs_them() -> None:
    short = signed(proof(NOW - 3600, expires=NOW + 3600))
    assert JUDGE.check(short, at=NOW).verdict is Verdict.VALID
    assert JUDGE.check(short, at=NOW + DAY).reasons == (Reason.EXPIRED,)
