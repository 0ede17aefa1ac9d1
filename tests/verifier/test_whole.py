"""What holds for a report as a whole."""

from __future__ import annotations

import dataclasses
import pickle

import pytest
from msgspec.structs import replace
from tests.support import (
    ALL_TYPES,
    DAY,
    EXPIRES,
    GUANGDONG,
    HOUR,
    ISSUED,
    NOW,
    SICHUAN,
    SYNCED,
    FakeTrust,
    held,
    judge,
    objection,
    policy_with,
    proof,
    report,
    signer,
    trusted,
    world,
)

from trustcert.claims import (
    Colour,
    HealthProof,
    Licence,
    Outcome,
    StatusReference,
    TestMethod,
    TestResult,
)
from trustcert.issuer import issue
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm
from trustcert.report import Reason, Step, Verdict
from trustcert.verifier import Verifier

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE
FORMS = ("compact", "jwt")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("row", [ED25519, ESP256, ESP384])
def test_ok(form: str, row: Algorithm) -> None:
    key = signer(algorithm=row)
    text = issue(proof(), key, format=form)
    found = judge(text, trust=world(keys=(trusted(key.public_key),)))
    assert (found.verdict, found.reasons) == (VALID, ())
    assert [(f.step, f.verdict, f.reason) for f in found.findings] == [
        (step, VALID, Reason.OK) for step in Step
    ]
    assert (found.format, found.kid) == (form, key.public_key.kid.hex())
    assert (found.issuer, found.type, found.holder) == (SICHUAN, "health_proof", "胡*君")
    assert (found.issued_at, found.not_before, found.expires) == (ISSUED, None, EXPIRES)
    assert (found.at, found.ages) == (NOW, {"registry": HOUR, "status": HOUR})


def test_bytes_are_judged_as_their_text() -> None:
    text = issue(proof(), signer())
    for data in (text.encode(), bytearray(text.encode()), memoryview(text.encode())):
        assert judge(data).verdict is VALID  # type: ignore[arg-type]  # a caller's slip works too


def test_everything_that_is_wrong_is_named_invalid_first() -> None:
    claims = proof(
        status=StatusReference(list=9, index=5),
        expires=NOW,
        details=HealthProof(colour=Colour.RED),
    )
    trust = world(as_of=NOW - 3 * DAY, keys=(trusted(types=frozenset()),))
    found = report(claims, trust=trust)
    assert found.verdict is INVALID
    assert found.reasons == (
        Reason.TYPE_NOT_ALLOWED,
        Reason.EXPIRED,
        Reason.COLOUR_REFUSED,
        Reason.REGISTRY_STALE,
        Reason.STATUS_UNKNOWN,
        Reason.TEST_TIME_MISSING,
    )
    assert {f.step for f in found.findings} == set(Step)
    assert found.valid_until is None


def test_internal_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("胡志君")

    monkeypatch.setattr(FakeTrust, "status_list", broken)
    found = report()
    assert objection(found) == (HELD, Step.STATUS, Reason.INTERNAL)
    assert found.objections[0].detail == "RuntimeError"


def test_every_type_is_judged() -> None:
    licence = proof(
        holder=replace(proof().holder, organisation_code=None),
        details=Licence(title="食品经营许可证", number="JY1"),
    )
    test = proof(details=TestResult(result=Outcome.NEGATIVE, method=TestMethod.NUCLEIC_ACID))
    trust = policy_with(
        recognises=[{"issuer": SICHUAN, "types": sorted(ALL_TYPES)}],
        rules={"licence": {}, "test_result": {"results": ["negative"]}},
    )
    for claims, kind in ((licence, "licence"), (test, "test_result")):
        found = report(claims, trust=trust)
        assert (found.verdict, found.type) == (VALID, kind)


def test_ages_of_the_policy_count() -> None:
    trust = policy_with(ages={"warn_hours": 1, "hold_hours": 2})
    trust = dataclasses.replace(trust, lists=(held(as_of=NOW),))
    for age, verdict in ((2 * HOUR - 1, VALID), (2 * HOUR, HELD)):
        assert report(trust=dataclasses.replace(trust, as_of=NOW - age)).verdict is verdict


def test_the_data_s_time_is_the_only_clock() -> None:
    assert SYNCED < NOW
    text = issue(proof(), signer())
    verifier = Verifier(world(), destination=GUANGDONG)
    assert verifier.check(text, at=NOW) == verifier.check(text, at="2020-03-02T09:00:00+08:00")


def test_a_verifier_judges_in_another_process_as_here() -> None:
    here = Verifier(world(), destination=GUANGDONG)
    text = issue(proof(), signer())
    assert here.check(text, at=NOW).verdict is VALID
    there = pickle.loads(pickle.dumps(here))  # noqa: S301 - our own
    assert there.check(text, at=NOW) == here.check(text, at=NOW)
