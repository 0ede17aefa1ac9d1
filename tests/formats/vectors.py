"""The vectors of others, found beside the project or through TRUSTCERT_VECTORS."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from trustcert import formats
from trustcert.claims import Claims, CredentialType
from trustcert.errors import TrustcertError
from trustcert.policy import PINNED
from trustcert.policy.model import ANYTHING, Booster, VaccinationRule
from trustcert.registry.trust import Trust
from trustcert.report import Finding, Report, Step, Verdict
from trustcert.verifier import Verifier

_ROOT = Path(__file__).resolve().parents[2]
_PLACE = Path(os.environ.get("TRUSTCERT_VECTORS", _ROOT.parent / "shared" / "vectors"))


_VACCINATED = replace(
    PINNED.rules[CredentialType.VACCINATION],
    vaccination=VaccinationRule(diseases=ANYTHING, vaccines=ANYTHING, booster=Booster(from_dose=2)),
)
POLICY = replace(PINNED, rules={**PINNED.rules, CredentialType.VACCINATION: _VACCINATED})
"""The pinned policy, for which two doses are enough where a card does not say how many are."""


def vectors(name: str) -> Path:
    """Return a folder of vectors; skip the test where it is absent."""
    place = _PLACE / name
    if not place.exists():
        pytest.skip(f"vectors {name} are not here (name their folder in TRUSTCERT_VECTORS)")
    return place


def cases(name: str) -> Path:
    """Return a folder of the sample cases beside the vectors; skip the test where it is absent."""
    place = _PLACE.parent / "cases" / name
    if not place.exists():
        pytest.skip(f"cases {name} are not here (they stand beside the vectors)")
    return place


def listed(name: str) -> list[Any]:
    """Return the entries of a JSON list of vectors; none where it is absent."""
    place = _PLACE / name
    return json.loads(place.read_text()) if place.exists() else []


def judged(trust: Trust, text: str, at: float | str) -> tuple[Report, Claims | None]:
    """Return the report under :data:`POLICY`, and the claims where the signature held."""
    report = Verifier(trust, policy=POLICY).check(text, at=at)
    if not signed(report):
        return report, None
    try:
        return report, formats.open_claims(formats.decode(text))
    except TrustcertError:
        return report, None


def signed(report: Report) -> bool:
    """Decide whether the signature step was taken and passed."""
    found = of_step(report, Step.SIGNATURE)
    return bool(found) and all(finding.verdict is Verdict.VALID for finding in found)


def of_step(report: Report, step: Step) -> list[Finding]:
    """Return what a report says of one step."""
    return [finding for finding in report.findings if finding.step is step]


def needs(vectors: Sequence[object]) -> pytest.MarkDecorator:
    """Return the mark of a test that takes one of ``vectors``: it is skipped without them."""
    reason = "the vectors are not here (name their folder in TRUSTCERT_VECTORS)"
    return pytest.mark.skipif(not vectors, reason=reason)
