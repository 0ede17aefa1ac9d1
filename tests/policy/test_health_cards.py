"""Health cards with several doses and results, judged by a destination's policy."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace
from tests.formats.vectors import cases

from trustcert import formats
from trustcert.policy import from_document
from trustcert.registry.pinned import PinnedTrust
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

POLICY = from_document({
    "destination": "CN-44",
    "rules": {
        "vaccination": {"vaccination": {
            "diseases": ["covid_19"],
            "vaccines": ["207", "208", "212"],
            "booster": {"from_dose": 3, "delay_days": 14, "valid_days": 270},
        }},
        "test_result": {
            "results": ["negative"],
            "test": {"hours": 72, "origin": "sampled", "inclusive": True},
        },
    },
})  # fmt: skip


@pytest.mark.parametrize(
    ("name", "verdict", "reasons"),
    [
        ("three_covid_doses", Verdict.VALID, ()),
        ("three_covid_then_flu", Verdict.VALID, ()),
        ("one_covid_two_flu", Verdict.INDETERMINATE, (Reason.VACCINATION_UNKNOWN,)),
        ("subpotent", Verdict.INDETERMINATE, (Reason.VACCINATION_UNKNOWN,)),
        ("later_positive_in_another_zone", Verdict.INVALID, (Reason.RESULT_REFUSED,)),
        ("undated_positive", Verdict.INDETERMINATE, (Reason.TEST_TIME_MISSING,)),
    ],
)
def test_a_card_comes_out_right(name: str, verdict: Verdict, reasons: tuple[Reason, ...]) -> None:
    folder = cases("verdicts") / "shc"
    text = (folder / f"{name}.txt").read_text("utf-8").strip()
    issuer = formats.decode(text).issuer
    keys = json.loads((folder / "jwks.json").read_text("utf-8"))
    trust = PinnedTrust.from_jwks(keys, issuer=issuer)
    verifier = Verifier(trust, policy=replace(POLICY, recognises=None))
    found = verifier.check(text, at="2026-07-01T10:00:00+08:00")
    assert (found.verdict, found.reasons) == (verdict, reasons)
