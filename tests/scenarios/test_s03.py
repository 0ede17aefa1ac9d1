"""S3: colours of several regions that disagree; whose count, and where to appeal."""

from __future__ import annotations

from typing import Any

import pytest
from tests.scenarios.country import HOUR, about, code, everyone, person, policy, signed, t, verifier

from trustcert.claims import Claims, Colour
from trustcert.claims.types import Travel
from trustcert.policy import Circumstances, Companion
from trustcert.report import Reason, Report, Verdict

NOW = t("2020-06-20 09:00")
RULE = {"colours": ["green"], "refresh_hours": 24}
WORDS = {
    "CN-00": {"未见异常": "green", "无异常": "green"},
    "CN-44": {"green": "green", "red": "red"},
}


def rules(combine: str = "worst", **changed: Any) -> Any:
    lines = everyone("health_code", "travel")
    return policy(
        recognises=lines,
        rules={"health_code": RULE, "travel": {"travel": {"hours": 48}}},
        vocabularies=WORDS,
        colours={"combine": combine},
        **changed,
    )


GREEN_51 = code(NOW - 2 * HOUR)
STALE_RED_44 = code(NOW - 30 * HOUR, Colour.RED, issuer="CN-44")
RED_44 = code(NOW - 10 * HOUR, Colour.RED, issuer="CN-44")
NATIONAL = code(NOW - HOUR, Colour.NONE, issuer="CN-00", label="未见异常")


def said(claims: Claims, *others: Claims, combine: str = "worst") -> Report:
    judge = verifier(rules(combine))
    beside = tuple(judge.companion(signed(other), at=NOW) for other in others)
    known = Circumstances(companions=beside)
    return judge.check(signed(claims), at=NOW, circumstances=known)


@pytest.mark.parametrize(
    ("combine", "others", "verdict", "reasons"),
    [
        ("worst", [RED_44, NATIONAL], Verdict.INVALID, (Reason.COLOUR_REFUSED,)),
        ("worst", [STALE_RED_44, NATIONAL], Verdict.INDETERMINATE, (Reason.COLOUR_STALE,)),
        ("worst", [NATIONAL], Verdict.VALID, ()),
        ("newest", [RED_44, NATIONAL], Verdict.VALID, ()),
        ("newest", [STALE_RED_44], Verdict.VALID, ()),
        ("destination_first", [RED_44, NATIONAL], Verdict.INVALID, (Reason.COLOUR_REFUSED,)),
        ("destination_first", [NATIONAL], Verdict.VALID, ()),
        ("home_only", [RED_44, NATIONAL], Verdict.VALID, ()),
    ],
)
def test_the_policy_says_which_counts(
    combine: str, others: list[Claims], verdict: Verdict, reasons: tuple[Reason, ...]
) -> None:
    found = said(GREEN_51, *others, combine=combine)
    assert (found.verdict, found.reasons) == (verdict, reasons)
    for finding in found.objections:
        for source in ("CN-51 green", *(f"{other.issuer} " for other in others)):
            assert source in finding.detail


def test_a_colour_from_where_nobody_has_been_does_not_count() -> None:
    zhengzhou = code(NOW - HOUR, Colour.RED, assigned_by="CN-41-01", appeal="0371-12345", rule="r7")
    found = said(zhengzhou)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.COLOUR_CONTESTED,))
    assert "CN-41-01" in found.objections[0].detail
    assert "0371-12345" in found.objections[0].detail


def test_neither_does_a_green_one() -> None:
    found = said(code(NOW - HOUR, Colour.GREEN, assigned_by="CN-41"))
    assert found.reasons == (Reason.COLOUR_CONTESTED,)


def test_beside_others_it_decides_nothing() -> None:
    zhengzhou = code(NOW - HOUR, Colour.RED, issuer="CN-51", assigned_by="CN-41-01")
    assert said(GREEN_51, zhengzhou).verdict is Verdict.VALID


@pytest.mark.parametrize("authority", ["CN-51", "CN-51-01", "CN-00", "CN-44-03"])
def test_the_issuer_the_nation_and_the_destination_may_assign(authority: str) -> None:
    assert said(code(NOW - HOUR, Colour.GREEN, assigned_by=authority)).verdict is Verdict.VALID
    assert said(code(NOW - HOUR, Colour.RED, assigned_by=authority)).verdict is Verdict.INVALID


def test_a_place_that_was_visited_may_assign() -> None:
    red = code(NOW - HOUR, Colour.RED, assigned_by="CN-41-01")
    trip = about(
        Travel(as_of=NOW - HOUR, window_days=14, places=("CN-41-01",)),
        NOW - HOUR,
        issuer="CN-51",
        holder=person(number="11010519491231002X"),
    )
    assert said(red, trip).reasons == (Reason.COLOUR_REFUSED,)


def test_a_two_colour_province_has_no_yellow() -> None:
    yellow = code(NOW - HOUR, Colour.YELLOW, issuer="CN-44")
    found = said(yellow)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.COLOUR_UNKNOWN,))
    assert "yellow" in found.objections[0].detail


@pytest.mark.parametrize("colour", [Colour.GREY, Colour.NONE])
def test_grey_is_unknown_and_not_green(colour: Colour) -> None:
    found = said(code(NOW - HOUR, colour))
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.COLOUR_UNKNOWN,))


def test_a_green_that_was_not_refreshed_is_grey() -> None:
    assert said(code(NOW - 24 * HOUR + 1)).verdict is Verdict.VALID
    found = said(code(NOW - 24 * HOUR))
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.COLOUR_STALE,))


def test_a_colour_has_an_end() -> None:
    assert said(code(NOW - HOUR, assigned_until=NOW + 60)).valid_until == NOW + 60
    assert said(code(NOW - HOUR, assigned_until=NOW)).reasons == (Reason.COLOUR_STALE,)
    red = code(NOW - HOUR, Colour.RED, assigned_until=NOW)
    assert said(red).verdict is Verdict.INDETERMINATE


def test_words_of_an_issuer_mean_what_the_policy_says() -> None:
    assert said(NATIONAL).verdict is Verdict.VALID
    strange = code(NOW - HOUR, Colour.NONE, issuer="CN-00", label="弹窗")
    found = said(strange)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.COLOUR_UNKNOWN,))
    assert "弹窗" in found.objections[0].detail
    unmapped = code(NOW - HOUR, Colour.GREEN, label="健康")
    assert said(unmapped).reasons == (Reason.COLOUR_UNKNOWN,)
    two_faced = code(NOW - HOUR, Colour.RED, issuer="CN-00", label="未见异常")
    assert said(two_faced).verdict is Verdict.INVALID


def test_the_colours_of_another_person_are_not_taken() -> None:
    other = code(NOW - HOUR, Colour.RED, holder=person("张伟", "110105194912310038"))
    assert said(GREEN_51, other).verdict is Verdict.VALID
    assert Companion(claims=other, issuer="CN-51").issuer == "CN-51"
