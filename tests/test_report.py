from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import judge, proof, report, signer

from trustcert.issuer import issue
from trustcert.report import (
    PASSED,
    SCHEMA,
    Finding,
    Reason,
    Report,
    Step,
    Verdict,
    as_json,
    verdict_of,
)

VERDICTS = st.sampled_from(Verdict)
STEPS = st.sampled_from(Step)
FINDINGS = st.lists(
    st.builds(Finding, step=STEPS, verdict=VERDICTS, reason=st.sampled_from(Reason)), max_size=12
).map(tuple)
EVERY_STEP = tuple(PASSED.values())


def finding(step: Step, verdict: Verdict, reason: Reason = Reason.EXPIRED) -> Finding:
    return Finding(step=step, verdict=verdict, reason=reason)


def test_the_seven_steps_stand_in_their_order() -> None:
    assert [step.value for step in Step] == [
        "format", "issuer", "signature", "claims", "validity", "status", "policy",
    ]  # fmt: skip


def test_reason_codes_are_stable() -> None:
    """Codes are added, never renamed: programs store them."""
    known = (
        "ok not_a_code malformed limit_exceeded unsupported parts_missing clock_behind "
        "key_unknown key_withdrawn key_compromised registry_stale not_signed signature_wrong "
        "algorithm_mismatch claims_malformed issuer_mismatch type_not_allowed issued_in_future "
        "not_yet_valid expired outside_key_window revoked suspended superseded status_unknown "
        "status_out_of_range status_stale policy_missing not_recognised recognition_not_yet "
        "recognition_ended colour_refused colour_unknown result_refused result_unknown "
        "test_too_old test_time_missing test_in_future rule_missing internal"
    )
    assert set(known.split()) <= {reason.value for reason in Reason}


@pytest.mark.parametrize(
    ("verdict", "signal"),
    [(Verdict.VALID, "PASS"), (Verdict.INDETERMINATE, "HOLD"), (Verdict.INVALID, "DENY")],
)
def test_a_checkpoint_shows_a_signal(verdict: Verdict, signal: str) -> None:
    assert verdict.signal == signal


@given(FINDINGS)
def test_unknown_is_never_valid(findings: tuple[Finding, ...]) -> None:
    verdict = verdict_of(findings)
    verdicts = [found.verdict for found in findings]
    if Verdict.INVALID in verdicts:
        assert verdict is Verdict.INVALID
    elif Verdict.INDETERMINATE in verdicts or {f.step for f in findings} != set(Step):
        assert verdict is Verdict.INDETERMINATE
    else:
        assert verdict is Verdict.VALID


def test_valid_needs_every_step() -> None:
    assert verdict_of(EVERY_STEP) is Verdict.VALID
    assert verdict_of(()) is Verdict.INDETERMINATE
    for missing in Step:
        rest = tuple(found for found in EVERY_STEP if found.step is not missing)
        assert verdict_of(rest) is Verdict.INDETERMINATE


def test_objections_stand_invalid_first_then_by_step() -> None:
    held = finding(Step.ISSUER, Verdict.INDETERMINATE, Reason.REGISTRY_STALE)
    late = finding(Step.POLICY, Verdict.INVALID, Reason.COLOUR_REFUSED)
    early = finding(Step.VALIDITY, Verdict.INVALID, Reason.EXPIRED)
    found = Report(verdict=Verdict.INVALID, findings=(PASSED[Step.FORMAT], held, early, late), at=0)
    assert found.objections == (early, late, held)
    assert found.reasons == (Reason.EXPIRED, Reason.COLOUR_REFUSED, Reason.REGISTRY_STALE)


def test_values_do_not_change() -> None:
    with pytest.raises(AttributeError):
        report().verdict = Verdict.VALID  # type: ignore[misc]
    with pytest.raises(TypeError):
        PASSED[Step.FORMAT] = PASSED[Step.ISSUER]  # type: ignore[index]


def test_the_masked_name_is_in_no_repr() -> None:
    found = report()
    assert found.holder == "胡*君"
    assert "胡" not in repr(found)


def test_json_has_every_field_under_its_stable_name() -> None:
    found = as_json(report())
    assert SCHEMA == "trustcert.report.v1"
    assert {
        "schema", "verdict", "signal", "reasons", "findings", "at", "format", "kid", "issuer",
        "type", "issued_at", "not_before", "expires", "valid_until", "ages", "holder",
    } <= set(found)  # fmt: skip
    assert (found["verdict"], found["signal"], found["reasons"]) == ("valid", "PASS", [])
    assert (found["issuer"], found["type"], found["holder"]) == ("CN-51", "health_proof", "胡*君")
    assert json.loads(json.dumps(found)) == found


def test_json_of_a_refusal_says_why_and_nothing_of_the_claims() -> None:
    text = issue(proof(), signer("forger"))
    found = as_json(judge(text))
    assert found["verdict"] == "indeterminate"
    assert found["reasons"] == ["key_unknown"]
    assert found["findings"][1]["step"] == "issuer"
    assert set(found["findings"][1]) >= {"step", "verdict", "reason", "detail", "where"}
    assert (found["issuer"], found["holder"], found["expires"]) == (None, None, None)
    assert found["ages"] == {"registry": 3600}


def test_a_report_says_whether_a_trusted_key_signed() -> None:
    wrong = finding(Step.SIGNATURE, Verdict.INVALID, Reason.SIGNATURE_WRONG)
    passed = tuple(PASSED.values())
    late = finding(Step.VALIDITY, Verdict.INVALID, Reason.EXPIRED)
    for findings, signed in (
        (passed, True),
        ((*passed[:4], late), True),
        ((*passed[:2], wrong), False),
        (passed[:2], False),
    ):
        found = Report(verdict=Verdict.INVALID, findings=findings, at=0)
        assert found.is_signed is signed
