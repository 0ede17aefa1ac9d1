"""A challenge that a verifier set must be answered, whatever stands around the credential."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.support import NOW, guangdong, proof, signer

from trustcert import jose, presentation
from trustcert.encoding import json
from trustcert.formats import Challenge, compact, sdjwt
from trustcert.policy import Circumstances
from trustcert.report import Reason, Report, Verdict
from trustcert.verifier import LEEWAY

HOLDER = signer("holder")
CHALLENGE = Challenge(audience="https://gate.example", nonce="n-0S6_WzA2Mj")
CLAIMS = replace(proof(), holder_key=HOLDER.public_key)


def check(text: str, challenge: Challenge | None = CHALLENGE) -> Report:
    return guangdong().check(text, at=NOW, circumstances=Circumstances(challenge=challenge))


def answered(at: int = NOW) -> str:
    text = sdjwt.encode(CLAIMS, signer())
    shown = ["credential.name"]
    return sdjwt.present(text, shown, challenge=CHALLENGE, signer=HOLDER, at=at)


@pytest.mark.parametrize("form", [sdjwt, compact])
def test_a_presentation_around_it_answers_no_challenge(form: Any) -> None:
    wrapped = presentation.present(form.encode(CLAIMS, signer()), HOLDER, at=NOW)
    assert check(wrapped, challenge=None).verdict is Verdict.VALID
    report = check(wrapped)
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (Reason.PRESENTATION_NEEDED,))


def test_an_answer_inside_of_a_presentation_counts() -> None:
    assert check(answered()).verdict is Verdict.VALID
    wrapped = presentation.present(answered(), HOLDER, at=NOW)
    assert check(wrapped).verdict is Verdict.VALID
    stale = presentation.present(answered(), HOLDER, at=NOW - 1000)
    assert Reason.PRESENTATION_STALE in check(stale).reasons


@pytest.mark.parametrize(
    ("at", "detail"),
    [
        (NOW + LEEWAY, None),
        (NOW + LEEWAY + 1, "the proof is of 61 s ahead; up to 60 s are accepted"),
        (NOW - 90, None),
        (NOW - 91, "the proof ended 1 s ago; it counts for 90 s"),
    ],
)
def test_a_holders_clock_may_be_ahead_as_an_issuers_may(at: int, detail: str | None) -> None:
    report = check(answered(at))
    if detail is None:
        assert report.verdict is Verdict.VALID
    else:
        assert report.reasons == (Reason.PRESENTATION_STALE,)
        assert report.objections[0].detail == detail


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"nbf": NOW + 2}, Verdict.VALID),
        ({"nbf": NOW + LEEWAY + 1}, Verdict.INVALID),
        ({"exp": NOW + 1}, Verdict.VALID),
        ({"exp": NOW}, Verdict.INVALID),
        ({"exp": "soon"}, Verdict.INVALID),
    ],
)
def test_the_times_of_a_proof_itself_count(changed: dict[str, Any], verdict: Verdict) -> None:
    presented, _, proof_text = answered().rpartition("~")
    payload = json.decode(jose.read(proof_text, "kb_jwt").payload, limit=10_000)
    changed_proof = jose.sign(json.encode(payload | changed), HOLDER, {"typ": "kb+jwt"})
    assert check(f"{presented}~{changed_proof}").verdict is verdict


def native(nonce: str = CHALLENGE.nonce, audience: str = CHALLENGE.audience, at: int = NOW) -> str:
    text = compact.encode(CLAIMS, signer())
    return presentation.answer(text, HOLDER, nonce=nonce, audience=audience, at=at)


def test_a_native_code_answers_a_challenge() -> None:
    assert check(native()).verdict is Verdict.VALID
    assert check(native(), challenge=None).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (native(nonce="another"), Reason.PRESENTATION_STALE),
        (native(audience="https://other.example"), Reason.PRESENTATION_NOT_HERE),
        (native(at=NOW - 91), Reason.PRESENTATION_STALE),
    ],
)
def test_an_answer_to_another_challenge_is_refused(shown: str, reason: Reason) -> None:
    report = check(shown)
    assert report.verdict is Verdict.INVALID
    assert reason in report.reasons


def test_an_answer_that_the_holder_did_not_sign_is_refused() -> None:
    text = compact.encode(CLAIMS, signer())
    nonce, audience = CHALLENGE.nonce, CHALLENGE.audience
    forged = presentation.answer(text, signer(), nonce=nonce, audience=audience, at=NOW)
    report = check(forged)
    assert report.verdict is Verdict.INVALID
    assert Reason.PRESENTATION_WRONG in report.reasons
