"""S4: 48 and 72 hours: from when, judged when, both ends, two tests, days that count whole."""

from __future__ import annotations

from typing import Any

import pytest
from tests.scenarios.country import HOUR, everyone, negative_test, policy, signed, t, verifier

from trustcert.claims import Claims
from trustcert.encoding.instants import instant
from trustcert.policy import Circumstances, Policy
from trustcert.policy.journeys import Stop, plan, valid_until
from trustcert.report import Reason, Report, Verdict

SAMPLED = t("2022-05-10 10:00")
REPORTED = SAMPLED + 8 * HOUR


def rules(destination: str = "CN-44", **test: Any) -> Policy:
    return with_rule(
        {
            "results": ["negative"],
            "test": {"hours": 48, "origin": "sampled", "inclusive": True} | test,
        },
        destination,
    )


def with_rule(rule: dict[str, Any], destination: str = "CN-44") -> Policy:
    return policy(destination, recognises=everyone("test_result"), rules={"test_result": rule})


def said(rules: Policy, at: int, claims: Claims | None = None, **known: Any) -> Report:
    claims = claims or negative_test(REPORTED, SAMPLED, REPORTED)
    return verifier(rules).check(signed(claims), at=at, circumstances=Circumstances(**known))


def test_exactly_48_hours() -> None:
    end = SAMPLED + 48 * HOUR
    assert said(rules(), end).verdict is Verdict.VALID
    assert said(rules(), end + 1).reasons == (Reason.TEST_TOO_OLD,)
    assert said(rules(inclusive=False), end - 1).verdict is Verdict.VALID
    assert said(rules(inclusive=False), end).reasons == (Reason.TEST_TOO_OLD,)


def test_the_origin_differs_by_place() -> None:
    at = SAMPLED + 50 * HOUR
    assert said(rules(), at).reasons == (Reason.TEST_TOO_OLD,)
    found = said(rules(origin="reported"), at)
    assert (found.verdict, found.valid_until) == (Verdict.VALID, REPORTED + 48 * HOUR + 1)


def test_valid_until_for_each_place_of_a_journey() -> None:
    claims = negative_test(REPORTED, SAMPLED, REPORTED)
    by_report, by_sample = rules("CN-44", origin="reported"), rules("CN-51")
    at = SAMPLED + 40 * HOUR
    assert valid_until(by_report, claims, "CN-51", at=at) == REPORTED + 48 * HOUR + 1
    assert valid_until(by_sample, claims, "CN-51", at=at) == SAMPLED + 48 * HOUR + 1
    route = [
        Stop(policy=by_report, arrives=at, leaves=at + 4 * HOUR),
        Stop(policy=by_sample, arrives=at + 6 * HOUR, leaves=at + 20 * HOUR),
    ]
    stop = plan(claims, "CN-51", route).first_failure
    assert stop is not None
    assert (stop.destination, stop.fails_at) == ("CN-51", SAMPLED + 48 * HOUR + 1)


def test_a_missing_report_is_held_unless_the_policy_takes_the_sample() -> None:
    claims = negative_test(REPORTED, SAMPLED)
    assert said(rules(origin="reported"), REPORTED, claims).reasons == (Reason.TEST_TIME_MISSING,)
    found = said(rules(origin="reported", otherwise="sampled"), REPORTED, claims)
    assert (found.verdict, found.valid_until) == (Verdict.VALID, SAMPLED + 48 * HOUR + 1)


def test_a_sample_in_the_future_is_held() -> None:
    claims = negative_test(SAMPLED, SAMPLED)
    found = said(rules(), SAMPLED - 30, claims)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.TEST_IN_FUTURE,))


@pytest.mark.parametrize(
    ("days", "last"), [(1, "2022-05-10 23:59"), (2, "2022-05-11 23:59"), (3, "2022-05-12 23:59")]
)
def test_days_that_count_whole(days: int, last: str) -> None:
    whole = with_rule(
        {
            "results": ["negative"],
            "test": {"days": days, "count": "calendar_days", "origin": "sampled"},
        }
    )
    claims = negative_test(SAMPLED, SAMPLED)
    found = said(whole, t(last), claims)
    assert (found.verdict, found.valid_until) == (Verdict.VALID, t(last) + 60)
    assert said(whole, t(last) + 60, claims).reasons == (Reason.TEST_TOO_OLD,)


def test_a_clock_in_xinjiang_says_the_same() -> None:
    assert instant("2022-05-10T08:00:00+06:00") == instant("2022-05-10T10:00:00+08:00") == SAMPLED
    assert instant("2022-05-10T02:00:00Z") == SAMPLED


SERIES = with_rule(
    {
        "results": ["negative"],
        "test": {"hours": 48, "origin": "sampled", "inclusive": True},
        "series": {"tests": 2, "apart_hours": 24, "within_hours": 72},
    }
)


def beside(*times: int, **changed: Any) -> dict[str, Any]:
    judge = verifier(SERIES)
    texts = [signed(negative_test(moment, moment, **changed)) for moment in times]
    now = SAMPLED + 25 * HOUR
    return {"companions": tuple(judge.companion(text, at=now) for text in texts)}


def test_two_tests_24_hours_apart() -> None:
    newest = negative_test(SAMPLED + 24 * HOUR, SAMPLED + 24 * HOUR)
    now = SAMPLED + 25 * HOUR
    alone = said(SERIES, now, newest)
    assert (alone.verdict, alone.reasons) == (Verdict.INDETERMINATE, (Reason.TESTS_MISSING,))
    both = said(SERIES, now, newest, **beside(SAMPLED))
    assert (both.verdict, both.valid_until) == (Verdict.VALID, SAMPLED + 72 * HOUR + 1)
    assert said(SERIES, now, newest, **beside(SAMPLED + 1)).reasons == (Reason.TESTS_MISSING,)
    same = said(SERIES, now, newest, **beside(SAMPLED + 24 * HOUR))
    assert same.reasons == (Reason.TESTS_MISSING,)
    late = said(SERIES, SAMPLED + 72 * HOUR + 1, newest, **beside(SAMPLED))
    assert Reason.TESTS_MISSING in late.reasons
