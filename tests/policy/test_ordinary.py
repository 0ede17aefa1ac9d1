"""A lane passes what the parts of a policy pass, for as long, and nothing else."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.test_core import POLICIES
from tests.policy.test_rules_in_full import FULL
from tests.strategies import DETAILS, claims, unhurried
from tests.support import HOUR, NOW, POLICY, SAMPLED, SICHUAN, proof

from trustcert.claims import (
    Claims,
    Colour,
    CredentialType,
    HealthCode,
    HealthProof,
    Holder,
    Outcome,
    Presentation,
    Source,
    TestResult,
    Vaccination,
)
from trustcert.claims.lifetimes import begins
from trustcert.claims.profiles import PROFILES
from trustcert.limits import TIME_MAX
from trustcert.policy import PINNED, Circumstances, Policy, Rule, from_document
from trustcert.policy.circumstances import NOTHING
from trustcert.policy.evaluate import evaluate, in_parts
from trustcert.policy.model import Immunity
from trustcert.policy.ordinary import passes

GOOD = from_document(POLICY)
FROM_PARTS: list[Policy] = [GOOD, PINNED, from_document(FULL)]
NEAR = st.integers(NOW - 100 * HOUR, NOW + 100 * HOUR)
DETAILS_NEAR = st.one_of(
    st.builds(
        HealthProof,
        colour=st.sampled_from(Colour),
        sampled_at=st.none() | NEAR,
        reported_at=st.none() | NEAR,
        result=st.none() | st.sampled_from(Outcome),
    ),
    st.builds(
        TestResult,
        result=st.sampled_from(Outcome),
        sampled_at=st.none() | NEAR,
        reported_at=st.none() | NEAR,
    ),
    *(DETAILS[profile] for profile in PROFILES),
)
DAY_0 = date(2022, 1, 10)
DOSES = st.none() | st.integers(1, 4)
SHOTS = st.builds(
    Vaccination,
    disease=st.sampled_from(["a", "b"]),
    vaccine=st.sampled_from(["a", "b"]),
    dose=st.integers(0, 4),
    doses=DOSES,
    given_on=st.dates(date(2021, 12, 1), date(2022, 2, 1)),
)
SHOT = Vaccination(disease="a", vaccine="a", dose=2, given_on=DAY_0)
LISTED = st.none() | st.frozensets(st.sampled_from(["a", "b"]))
DAYS = st.integers(0, 20)
IMMUNITIES = st.builds(
    Immunity,
    diseases=LISTED,
    vaccines=LISTED,
    complete=st.booleans(),
    delay_days=DAYS,
    valid_days=st.none() | DAYS,
    booster_from=DOSES,
    booster_delay_days=DAYS,
    booster_valid_days=st.none() | DAYS,
)
KNOWN = st.builds(
    Circumstances,
    departed_at=st.none() | NEAR,
    number=st.none() | st.just("510104199001011232"),
    is_live=st.booleans(),
)


@settings(unhurried, max_examples=500)
@given(
    policy=POLICIES | st.sampled_from(FROM_PARTS),
    details=DETAILS_NEAR,
    beside=claims(),
    issuer=st.sampled_from(["CN-51", "CN-51-01", "CN-31", "CN-42"]),
    at=NEAR | st.integers(0, TIME_MAX),
    known=st.just(NOTHING) | KNOWN,
    plain=st.booleans(),
)
def test_a_lane_says_what_the_parts_say(  # noqa: PLR0913 - all that may differ
    *,
    policy: Policy,
    details: Any,
    beside: Claims,
    issuer: str,
    at: int,
    known: Circumstances,
    plain: bool,
) -> None:
    mine = replace(beside, details=details)
    if plain:
        mine = replace(mine, source=None, presentation=None)
    found = passes(policy, mine, issuer, at, known)
    findings, moments = in_parts(policy, mine, issuer, at, known)
    if found is not None:
        assert findings == []
        assert sorted(found) == sorted(moments)
    assert evaluate(policy, mine, issuer, at, known) in (
        (findings, moments),
        (findings, found),
    )


@settings(unhurried, max_examples=500)
@given(immunity=IMMUNITIES, shot=SHOTS, days=st.integers(-45, 90), seconds=st.sampled_from([-1, 0]))
def test_a_lane_says_of_vaccinations_what_the_parts_say(
    immunity: Immunity, shot: Vaccination, days: int, seconds: int
) -> None:
    policy = replace(PINNED, rules={CredentialType.VACCINATION: Rule(immunity=immunity)})
    at = begins(DAY_0, days) + seconds
    mine = proof(details=shot)
    found = passes(policy, mine, SICHUAN, at, NOTHING)
    findings, moments = in_parts(policy, mine, SICHUAN, at, NOTHING)
    assert (found is None) == bool(findings)
    if found is not None:
        assert found == moments


@pytest.mark.parametrize(
    "policy",
    [
        GOOD,
        replace(GOOD, start=NOW - 1, end=NOW + 1),
        replace(GOOD, recognitions=None),
        from_document(POLICY | {"recognises": [{"issuer": SICHUAN, "types": ["health_proof"],
                                                "from": NOW, "until": NOW + 1}]}),
    ],
)  # fmt: skip
def test_the_ordinary_passes_by_its_lane(policy: Policy) -> None:
    found = passes(policy, proof(), SICHUAN, NOW, NOTHING)
    assert found is not None
    assert sorted(found) == sorted(in_parts(policy, proof(), SICHUAN, NOW, NOTHING)[1])
    assert policy.lanes[SICHUAN, HealthProof] is not None


def ruled(**rule: Any) -> Policy:
    rules: dict[str, Any] = POLICY["rules"]
    return from_document(POLICY | {"rules": {"health_proof": rules["health_proof"] | rule}})


@pytest.mark.parametrize(
    ("policy", "mine", "known"),
    [
        (GOOD, proof(details=HealthProof(colour=Colour.RED, sampled_at=SAMPLED)), NOTHING),
        (GOOD, proof(details=HealthProof(colour=Colour.GREEN)), NOTHING),
        (GOOD, proof(details=HealthProof(colour=Colour.GREEN, sampled_at=NOW + 1)), NOTHING),
        (GOOD, proof(details=HealthProof(colour=Colour.GREEN, sampled_at=NOW - 73 * HOUR)),
         NOTHING),
        (GOOD, proof(details=HealthProof(colour=Colour.GREEN, sampled_at=SAMPLED,
                                         result=Outcome.POSITIVE)), NOTHING),
        (GOOD, proof(details=HealthCode(colour=Colour.GREEN)), NOTHING),
        (GOOD, proof(presentation=Presentation.PAPER), NOTHING),
        (GOOD, proof(source=Source(format="hcert", issuer="AT", issued_at=NOW)), NOTHING),
        (GOOD, proof(holder=Holder(document_tail="002X")), Circumstances(number="1234")),
        (GOOD, proof(), Circumstances(departed_at=NOW - HOUR)),
        (ruled(identity=True), proof(), NOTHING),
        (ruled(live=True), proof(), NOTHING),
        (ruled(refresh_hours=1), proof(), NOTHING),
        (ruled(beside=["travel"]), proof(), NOTHING),
        (replace(GOOD, vocabularies={SICHUAN: {"好": Colour.GREEN}}), proof(), NOTHING),
        (replace(GOOD, start=NOW + 1), proof(), NOTHING),
        (replace(GOOD, end=NOW), proof(), NOTHING),
        (replace(GOOD, recognitions=()), proof(), NOTHING),
        (replace(GOOD, rules={}), proof(), NOTHING),
        (replace(PINNED, rules={CredentialType.VACCINATION: Rule()}), proof(details=SHOT), NOTHING),
    ],
)  # fmt: skip
def test_what_is_not_ordinary_is_asked_part_by_part(
    policy: Policy, mine: Claims, known: Circumstances
) -> None:
    assert passes(policy, mine, SICHUAN, NOW, known) is None


def test_a_lane_is_of_one_issuer_and_one_profile() -> None:
    policy = from_document(POLICY)
    assert passes(policy, proof(), SICHUAN, NOW, NOTHING) is not None
    assert passes(policy, proof(), "CN-99", NOW, NOTHING) is None
    assert passes(policy, proof(details=TestResult(result=Outcome.NEGATIVE)), SICHUAN, NOW,
                  NOTHING) is None  # fmt: skip
    assert set(policy.lanes) == {(SICHUAN, HealthProof), ("CN-99", HealthProof),
                                 (SICHUAN, TestResult)}  # fmt: skip


def test_a_policy_goes_to_another_process() -> None:
    policy = from_document(FULL)
    passes(policy, proof(), SICHUAN, NOW, NOTHING)
    again = pickle.loads(pickle.dumps(policy))  # noqa: S301 - our own
    assert again == policy
    for kind in CredentialType:
        assert again.recognitions_of("CN-51", kind) == policy.recognitions_of("CN-51", kind)
