"""Which verdict each objection of a policy has, stated apart from the code that gives it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trustcert.report import Finding, Reason, Step, Verdict

DENIED: Final = frozenset(
    {
        Reason.COLOUR_REFUSED,
        Reason.RESULT_REFUSED,
        Reason.METHOD_REFUSED,
        Reason.TEST_TOO_OLD,
        Reason.RULE_FAILED,
        Reason.VACCINATION_INCOMPLETE,
        Reason.VACCINATION_TOO_NEW,
        Reason.VACCINATION_TOO_OLD,
        Reason.RECOVERY_TOO_NEW,
        Reason.RECOVERY_TOO_OLD,
        Reason.PLACE_REFUSED,
        Reason.PAPER_REFUSED,
        Reason.IDENTITY_MISMATCH,
    }
)
"""What a policy denies; it holds whatever else it objects to."""


def reasons_of(findings: Iterable[Finding]) -> list[Reason]:
    """Return the reasons, after a look at the verdict and the step of each finding."""
    found = []
    for finding in findings:
        denied = finding.reason in DENIED
        assert finding.verdict is (Verdict.INVALID if denied else Verdict.INDETERMINATE), finding
        assert finding.step is Step.POLICY
        assert finding.verdict in finding.reason.verdicts, finding
        found.append(finding.reason)
    return found
