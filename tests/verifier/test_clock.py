"""A clock that jumps back, and what a device learns of the time from what was signed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from tests.support import SICHUAN, FakeTrust, proof, signer, trusted

from trustcert.errors import MalformedError
from trustcert.gate import Shift
from trustcert.issuer import issue
from trustcert.policy import PINNED
from trustcert.registry.trust import KeyState
from trustcert.report import Reason, Verdict
from trustcert.verifier import LEEWAY, Verifier
from trustcert.verifier.clock import ClockGuard

NOW = 1_772_413_200
HOUR = 3_600
JUDGE = Verifier(FakeTrust(keys=(trusted(),)), policy=PINNED)


def code(issued_at: int, **changed: object) -> str:
    fields = {"issued_at": issued_at, "expires": issued_at + 900 * HOUR, "status": None} | changed
    return issue(proof(**fields), signer())


OLD = code(NOW - 9 * HOUR)


def test_a_clock_that_jumps_back_between_two_checks_holds_and_says_the_time() -> None:
    guard = ClockGuard()
    assert guard.check(JUDGE, OLD, at=NOW).verdict is Verdict.VALID
    found = guard.check(JUDGE, OLD, at=NOW - HOUR)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.CLOCK_BEHIND,))
    assert (
        found.objections[0].detail == "the clock should be at or after 2026-03-02 08:59 (UTC+08:00)"
    )
    assert guard.check(JUDGE, OLD, at=NOW - LEEWAY).verdict is Verdict.VALID
    assert guard.check(JUDGE, OLD, at=NOW + 1).verdict is Verdict.VALID
    assert JUDGE.check(OLD, at=NOW - HOUR).verdict is Verdict.VALID


def test_a_shift_guards_its_clock() -> None:
    shift = Shift(JUDGE, name="gate")
    assert shift.scan(OLD, at=NOW).report.verdict is Verdict.VALID
    assert shift.scan(OLD, at=NOW - HOUR).report.reasons == (Reason.CLOCK_BEHIND,)
    assert shift.clock.floor == NOW - LEEWAY
    kept = Shift(JUDGE, name="gate", clock=ClockGuard(floor=shift.clock.floor))
    assert kept.scan(OLD, at=NOW - HOUR).report.reasons == (Reason.CLOCK_BEHIND,)


def test_a_clock_behind_calls_nothing_false_that_is_only_newer() -> None:
    held = Verifier(FakeTrust(keys=(trusted(),), clock_floor=NOW), policy=PINNED)
    new = code(NOW + HOUR, not_before=NOW + HOUR)
    found = held.check(new, at=NOW - 2 * HOUR)
    assert found.verdict is Verdict.INDETERMINATE
    assert {Reason.CLOCK_BEHIND, Reason.ISSUED_IN_FUTURE, Reason.NOT_YET_VALID} <= set(
        found.reasons
    )
    assert JUDGE.check(new, at=NOW - 2 * HOUR).verdict is Verdict.INVALID


def test_what_a_trusted_key_signed_raises_the_floor_where_that_is_asked_for() -> None:
    for guard, floor in ((ClockGuard(learns=True), NOW - LEEWAY), (ClockGuard(), 0)):
        guard.check(JUDGE, code(NOW), at=0)
        assert guard.floor == max(0, floor)
    guard = ClockGuard(learns=True)
    guard.check(JUDGE, code(NOW), at=NOW - 9 * HOUR)
    found = guard.check(JUDGE, OLD, at=NOW - 9 * HOUR)
    assert found.reasons == (Reason.CLOCK_BEHIND,)


@pytest.mark.parametrize(
    "key",
    [
        trusted(signer("other").public_key),
        trusted(state=KeyState.COMPROMISED, since=NOW),
        trusted(not_after=NOW),
        trusted(types=frozenset()),
        trusted(issuer="CN-44", names=frozenset({"CN-44"})),
        replace(trusted(), names=frozenset({SICHUAN}), divisions=("4403",)),
    ],
    ids=["unknown", "compromised", "ended", "not for the type", "of another", "of another place"],
)
def test_what_no_trusted_key_signed_raises_no_floor(key: object) -> None:
    judge = Verifier(FakeTrust(keys=(key,)), policy=PINNED)  # type: ignore[arg-type]
    guard = ClockGuard(learns=True)
    guard.check(
        judge, code(NOW, holder=replace(proof().holder, division="CN-51-01")), at=NOW - HOUR
    )
    assert guard.floor == NOW - HOUR - LEEWAY


def test_threads_share_one_floor_that_never_falls() -> None:
    guard = ClockGuard(slack=0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(guard.passed, [NOW + step * 7 % 100 for step in range(500)]))
    assert guard.floor == NOW + 99


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(MalformedError):
        ClockGuard().check(JUDGE, OLD, at="soon")
