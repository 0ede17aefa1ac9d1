"""A policy judges whatever an issuer may sign, sensible or not, without failing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.policy.test_rules_in_full import FULL
from tests.strategies import claims, unhurried

from trustcert.claims import Claims
from trustcert.limits import TIME_MAX
from trustcert.policy import Circumstances, Companion, evaluate, explain, from_document
from trustcert.policy.journeys import valid_until

POLICY = from_document(FULL)
OPEN = replace(POLICY, recognises=None, valid_from=None, valid_until=None)
KNOWN = st.builds(
    Circumstances,
    departed_at=st.none() | st.integers(0, TIME_MAX),
    number=st.none() | st.text(max_size=8),
    companions=st.lists(
        st.builds(Companion, claims=claims(), issuer=st.just("CN-42")), max_size=3
    ).map(tuple),
)
ISSUERS = st.sampled_from(["CN-42", "CN-42-01", "CN-00", "CN-31", "demo", "", "*"])


@settings(unhurried, max_examples=300)
@given(mine=claims(), issuer=ISSUERS, at=st.integers(0, TIME_MAX), known=KNOWN)
def test_nothing_that_is_signed_makes_it_fail(
    mine: Claims, issuer: str, at: int, known: Circumstances
) -> None:
    for policy in (POLICY, OPEN):
        findings, moments = evaluate(policy, mine, issuer, at, known)
        assert all(moment > at for moment in moments) or findings
        explain(policy, mine, issuer, at=at, circumstances=known)
        end = valid_until(policy, mine, issuer, at=at, circumstances=known)
        assert end is None or end >= at


@unhurried
@given(mine=claims(), at=st.integers(0, TIME_MAX))
def test_what_passes_passes_until_then(mine: Claims, at: int) -> None:
    end = valid_until(OPEN, mine, "CN-42", at=at)
    if end is not None and end > at:
        assert evaluate(OPEN, mine, "CN-42", end - 1)[0] == []
