"""valid_until is the first moment at which a VALID verdict would change: VALID just before it."""

from __future__ import annotations

from dataclasses import replace as but
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.strategies import unhurried
from tests.support import (
    DAY,
    EXPIRES,
    HOUR,
    NOW,
    SAMPLED,
    SICHUAN,
    FakeTrust,
    held,
    judge,
    policy_with,
    proof,
    report,
    signer,
    trusted,
    world,
)

from trustcert.claims import Claims, Colour, HealthProof
from trustcert.issuer import issue
from trustcert.report import Reason, Verdict

LINE: dict[str, Any] = {"issuer": SICHUAN, "types": ["health_proof"]}
UNTESTED = {"health_proof": {"colours": ["green"]}}
ENDLESS = world(as_of=None, lists=(), documents=policy_with(rules=UNTESTED).documents)
BARE = proof(expires=None, status=None, details=HealthProof(colour=Colour.GREEN))


def recognised(*lines: dict[str, Any]) -> FakeTrust:
    documents = policy_with(rules=UNTESTED, recognises=list(lines)).documents
    return but(ENDLESS, documents=documents)


def windowed(*, inclusive: bool) -> FakeTrust:
    rule = {
        "colours": ["green"],
        "test": {"hours": 72, "origin": "sampled", "inclusive": inclusive},
    }
    return but(ENDLESS, documents=policy_with(rules={"health_proof": rule}).documents)


SAMPLED_PROOF = replace(BARE, details=HealthProof(colour=Colour.GREEN, sampled_at=SAMPLED))
LISTED = replace(BARE, status=proof().status)


@pytest.mark.parametrize(
    ("claims", "trust", "end", "reason"),
    [
        (replace(BARE, expires=EXPIRES), ENDLESS, EXPIRES, Reason.EXPIRED),
        (
            BARE,
            but(ENDLESS, as_of=NOW - HOUR),
            NOW + 47 * HOUR,
            Reason.REGISTRY_STALE,
        ),
        (
            BARE,
            but(ENDLESS, keys=(trusted(good_until=NOW + DAY),)),
            NOW + DAY,
            Reason.REGISTRY_STALE,
        ),
        (
            LISTED,
            but(ENDLESS, lists=(held(),)),
            NOW + 47 * HOUR,
            Reason.STATUS_STALE,
        ),
        (
            LISTED,
            but(ENDLESS, lists=(held(as_of=NOW, good_until=NOW + DAY),)),
            NOW + DAY,
            Reason.STATUS_STALE,
        ),
        (
            BARE,
            recognised(LINE | {"valid_until": NOW + DAY}),
            NOW + DAY,
            Reason.RECOGNITION_ENDED,
        ),
        (
            SAMPLED_PROOF,
            windowed(inclusive=True),
            SAMPLED + 72 * HOUR + 1,
            Reason.TEST_TOO_OLD,
        ),
        (SAMPLED_PROOF, windowed(inclusive=False), SAMPLED + 72 * HOUR, Reason.TEST_TOO_OLD),
    ],
)
def test_each_kind_of_end(claims: Claims, trust: FakeTrust, end: int, reason: Reason) -> None:
    for at in (NOW, end - 1):
        found = report(claims, trust=trust, at=at)
        assert (found.verdict, found.valid_until) == (Verdict.VALID, end)
    after = report(claims, trust=trust, at=end)
    assert after.reasons == (reason,)
    assert after.valid_until is None


def test_the_first_of_several_ends_counts() -> None:
    found = report()
    assert found.valid_until == min(EXPIRES, NOW + 47 * HOUR, SAMPLED + 72 * HOUR + 1)


def test_where_nothing_ends_it_there_is_none() -> None:
    found = report(BARE, trust=ENDLESS)
    assert (found.verdict, found.valid_until) == (Verdict.VALID, None)


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ([LINE | {"valid_until": NOW + 5}, LINE], None),
        ([LINE | {"valid_until": NOW + 5}, LINE | {"valid_until": NOW + 9}], NOW + 9),
        (
            [
                LINE | {"valid_until": NOW + 5},
                LINE | {"valid_from": NOW + 5, "valid_until": NOW + 9},
            ],
            NOW + 9,
        ),
        ([LINE | {"valid_until": NOW + 5}, LINE | {"valid_from": NOW + 5}], None),
        ([LINE | {"valid_until": NOW + 5}, LINE | {"valid_from": NOW + 6}], NOW + 5),
    ],
)
def test_lines_of_recognition_that_overlap_or_follow_at_once(
    lines: list[dict[str, Any]], end: int | None
) -> None:
    trust = recognised(*lines)
    found = report(BARE, trust=trust)
    assert (found.verdict, found.valid_until) == (Verdict.VALID, end)
    if end is not None:
        assert report(BARE, trust=trust, at=end - 1).verdict is Verdict.VALID
        assert report(BARE, trust=trust, at=end).verdict is not Verdict.VALID


SOON = st.none() | st.integers(NOW - 3, NOW + 12)


@unhurried
@given(
    expires=st.none() | st.integers(NOW + 1, NOW + 12),
    as_of=st.none() | st.integers(NOW - 2 * DAY - 6, NOW - 2 * DAY + 12),
    good_until=SOON,
    list_good_until=SOON,
    lines=st.lists(
        st.fixed_dictionaries({}, optional={
            "valid_from": st.integers(NOW - 3, NOW + 12),
            "valid_until": st.integers(NOW - 3, NOW + 12),
        }).filter(lambda line: line.get("valid_from", 0) < line.get("valid_until", NOW + 13)),
        max_size=4,
    ),
)  # fmt: skip
def test_the_verdict_holds_until_then_and_not_longer(
    expires: int | None,
    as_of: int | None,
    good_until: int | None,
    list_good_until: int | None,
    lines: list[dict[str, int]],
) -> None:
    trust = but(
        recognised(*(LINE | line for line in lines)),
        as_of=as_of,
        keys=(trusted(good_until=good_until),),
        lists=(held(as_of=NOW, good_until=list_good_until),),
    )
    text = issue(replace(LISTED, expires=expires), signer())
    found = judge(text, trust=trust)
    verdicts = {at: judge(text, at=at, trust=trust).verdict for at in range(NOW, NOW + 16)}
    if found.verdict is not Verdict.VALID:
        assert found.valid_until is None
        return
    changed = [at for at, verdict in verdicts.items() if verdict is not Verdict.VALID]
    if changed:
        assert found.valid_until == min(changed)
    else:
        assert found.valid_until is None or found.valid_until >= NOW + 16
