"""The core of a policy document: ages, recognition, colours, results, the window of a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import unhurried
from tests.support import HOUR, NOW, POLICY, SICHUAN, proof, report, signer, world

from trustcert.claims import Colour, CredentialType, HealthProof, Outcome
from trustcert.encoding import json
from trustcert.errors import MalformedError
from trustcert.issuer import issue
from trustcert.policy import (
    PINNED,
    Ages,
    Origin,
    Policy,
    Recognition,
    Rule,
    Window,
    from_document,
    to_document,
)
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

LINE = {"issuer": SICHUAN, "types": ["health_proof"]}
TEST = {"hours": 72, "origin": "sampled", "inclusive": True}
TYPES = st.frozensets(st.sampled_from(CredentialType))
TIMES = st.integers(0, 2**31)


def spans() -> st.SearchStrategy[dict[str, int]]:
    return st.lists(TIMES, min_size=2, max_size=2, unique=True).map(
        lambda pair: {"valid_from": min(pair), "valid_until": max(pair)}
    )


LINES = st.builds(
    lambda issuer, types, span: Recognition(issuer=issuer, types=types, **span),
    st.sampled_from(["CN-51", "CN-31"]),
    TYPES,
    st.just({}) | spans(),
)
WINDOWS = st.builds(
    Window,
    hours=st.integers(1, 24 * 366),
    origin=st.sampled_from(Origin),
    inclusive=st.booleans(),
)
RULES = st.builds(
    Rule,
    colours=st.none() | st.frozensets(st.sampled_from(Colour)),
    results=st.none() | st.frozensets(st.sampled_from(Outcome)),
    test=st.none() | WINDOWS,
)
POLICIES = st.builds(
    lambda lines, rules, warn, more: Policy(
        destination="CN-44",
        recognises=tuple(lines),
        rules=rules,
        ages=Ages(warn_hours=warn, hold_hours=warn + more),
    ),
    st.lists(LINES, max_size=4),
    st.dictionaries(st.sampled_from(CredentialType), RULES, max_size=3),
    st.integers(1, 100),
    st.integers(0, 100),
)


@settings(unhurried, max_examples=60)
@given(POLICIES)
def test_policies_read_back_from_json(policy: Policy) -> None:
    document = json.decode(json.encode(to_document(policy)), limit=1_000_000)
    assert from_document(document) == policy


def test_a_document_with_its_defaults() -> None:
    found = from_document({"destination": "CN-44"})
    assert (found.recognises, dict(found.rules)) == ((), {})
    assert found.ages == Ages(warn_hours=24, hold_hours=48)
    rule = from_document(POLICY).rules[CredentialType.HEALTH_PROOF]
    assert rule.colours == frozenset({Colour.GREEN})
    assert rule.test == Window(hours=72, origin=Origin.SAMPLED, inclusive=True)


def ruled(**rule: Any) -> dict[str, Any]:
    return {"destination": "CN-44", "rules": {"health_proof": rule}}


def recognised(**line: Any) -> dict[str, Any]:
    return {"destination": "CN-44", "recognises": [LINE, LINE | line]}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({}, "destination"),
        ({"destination": 44}, "destination"),
        ({"destination": "CN-44", "remark": "x"}, "remark"),
        ({"destination": "CN-44", "ages": []}, "ages"),
        ({"destination": "CN-44", "ages": {"hold_days": 2}}, "ages.hold_days"),
        ({"destination": "CN-44", "ages": {"hold_hours": 0}}, "ages.hold_hours"),
        ({"destination": "CN-44", "ages": {"hold_hours": True}}, "ages.hold_hours"),
        ({"destination": "CN-44", "ages": {"hold_hours": 24 * 366 + 1}}, "ages.hold_hours"),
        ({"destination": "CN-44", "ages": {"warn_hours": 49}}, "ages.warn_hours"),
        ({"destination": "CN-44", "recognises": {}}, "recognises"),
        ({"destination": "CN-44", "recognises": ["CN-51"]}, "recognises[0]"),
        (recognised(issuer=51), "recognises[1].issuer"),
        (recognised(types="health_proof"), "recognises[1].types"),
        (recognised(types=["diploma"]), "recognises[1].types[0]"),
        (recognised(types=[2]), "recognises[1].types[0]"),
        (recognised(until="soon"), "recognises[1].until"),
        (recognised(until=1.5), "recognises[1].until"),
        (recognised(**{"from": "2020-03-01T00:00:00"}), "recognises[1].from"),
        (recognised(remark="x"), "recognises[1].remark"),
        ({"destination": "CN-44", "rules": []}, "rules"),
        ({"destination": "CN-44", "rules": {"health_proof": []}}, "rules.health_proof"),
        (ruled(colour=["green"]), "rules.health_proof.colour"),
        (ruled(colours="green"), "rules.health_proof.colours"),
        (ruled(colours=["blue"]), "rules.health_proof.colours[0]"),
        (ruled(results=["good"]), "rules.health_proof.results[0]"),
        (ruled(test=[]), "rules.health_proof.test"),
        (ruled(test={**TEST, "hours": 0}), "rules.health_proof.test.hours"),
        (ruled(test={**TEST, "hours": 24 * 366 + 1}), "rules.health_proof.test.hours"),
        (ruled(test={**TEST, "hours": "72"}), "rules.health_proof.test.hours"),
        (ruled(test={**TEST, "origin": "guessed"}), "rules.health_proof.test.origin"),
        (ruled(test={"hours": 72, "inclusive": True}), "rules.health_proof.test.origin"),
        (ruled(test={**TEST, "inclusive": 1}), "rules.health_proof.test.inclusive"),
        (ruled(test={"hours": 72, "origin": "sampled"}), "rules.health_proof.test.inclusive"),
    ],
)
def test_a_slip_is_refused_with_its_place(document: Mapping[str, Any], where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        from_document(document)
    assert caught.value.where == where


def test_a_type_that_is_unknown_is_refused() -> None:
    with pytest.raises(MalformedError, match="health_proof"):
        from_document({"destination": "CN-44", "rules": {"diploma": {}}})


def test_a_verifier_refuses_a_policy_that_is_none() -> None:
    with pytest.raises(MalformedError):
        Verifier(world(documents={"CN-44": {"destination": 44}}), destination="CN-44")


@pytest.mark.parametrize(("inclusive", "end"), [(True, 72 * HOUR + 1), (False, 72 * HOUR)])
def test_a_window_ends_after_or_at_its_last_hour(inclusive: bool, end: int) -> None:  # noqa: FBT001 - a row
    assert Window(hours=72, origin=Origin.SAMPLED, inclusive=inclusive).ends(0) == end


def test_pinned_recognises_whoever_was_pinned_for_green_and_negative() -> None:
    verifier = Verifier(world(documents={}), policy=PINNED)
    for colour, verdict in (
        (Colour.GREEN, Verdict.VALID),
        (Colour.RED, Verdict.INVALID),
        (Colour.GREY, Verdict.INDETERMINATE),
    ):
        claims = proof(details=HealthProof(colour=colour))
        assert verifier.check(issue(claims, signer()), at=NOW).verdict is verdict


def test_a_verifier_takes_a_policy_or_a_destination_and_not_both_or_neither() -> None:
    nothing = Policy(destination="CN-44", recognises=(), rules={})
    with pytest.raises(TypeError, match="either"):
        Verifier(world(), destination="CN-44", policy=nothing)
    with pytest.raises(TypeError, match="either"):
        Verifier(world())
    found = Verifier(world(), policy=nothing).check(issue(proof(), signer()), at=NOW)
    assert set(found.reasons) == {Reason.NOT_RECOGNISED, Reason.RULE_MISSING}
    assert report().verdict is Verdict.VALID


@pytest.mark.parametrize("issuer", ["CN-51-01", "CN-51-01-02", "A-B-C"])
def test_a_part_is_recognised_with_its_region_however_short_its_name(issuer: str) -> None:
    region = "-".join(issuer.split("-")[:2])
    line = Recognition(issuer=region, types=frozenset({CredentialType.HEALTH_PROOF}))
    policy = Policy(destination="CN-44", recognises=(line,), rules={})
    assert policy.recognitions_of(issuer, CredentialType.HEALTH_PROOF) == (line,)
    assert policy.recognitions_of(issuer, CredentialType.LICENCE) == ()
