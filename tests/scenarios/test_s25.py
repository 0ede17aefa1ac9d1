"""S25: genuine, but under investigation: suspended, said as such, and it can be lifted."""

from __future__ import annotations

from msgspec import structs
from tests.scenarios.country import listed, policy, proof, signed, t, trust, verifier

from trustcert.claims import StatusReference
from trustcert.report import Reason, Verdict
from trustcert.status.causes import RULES, Cause
from trustcert.status.statuslist import State
from trustcert.wording import describe

NOW = t("2026-03-02 09:00")
TEXT = signed(structs.replace(proof(NOW - 3600), status=StatusReference(list=1, index=4)))


def test_it_is_told_from_forged_and_from_revoked() -> None:
    judge = verifier(policy(), trust("CN-51", lists=[listed("CN-51", NOW - 9, suspended=[4])]))
    found = judge.check(TEXT, at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.SUSPENDED,))
    assert "ask the issuer" in describe(Reason.SUSPENDED).next


def test_a_licence_says_that_it_is_under_investigation() -> None:
    held = listed("CN-51", NOW - 9, suspended=[4])
    telling = structs.replace(held, causes={Cause.INVESTIGATED: held.states[State.SUSPENDED]})
    found = verifier(policy(), trust("CN-51", lists=[telling])).check(TEXT, at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.UNDER_INVESTIGATION,))
    assert "for now" in describe(Reason.UNDER_INVESTIGATION).next
    assert "核查" in describe(Reason.UNDER_INVESTIGATION, "zh").what


def test_an_investigation_ends_in_release_or_in_revocation() -> None:
    assert RULES[Cause.INVESTIGATED].state is State.SUSPENDED
    assert RULES[Cause.CLEARED].undoes is Cause.INVESTIGATED
    judge = verifier(policy(), trust("CN-51", lists=[listed("CN-51", NOW - 9)]))
    assert judge.check(TEXT, at=NOW).verdict is Verdict.VALID
