"""The report of a check: verdict, steps, reasons, findings.

The seven steps stand here in the order in which they run (see ``docs/architecture.md``).
A report holds no personal data except ``holder``, a masked name that its ``repr`` leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

from msgspec import field

from trustcert.reasons import Reason, Step, Verdict
from trustcert.values import PublicValue, Value

__all__ = [
    "PASSED",
    "SCHEMA",
    "Finding",
    "Reason",
    "Report",
    "Step",
    "Verdict",
    "as_json",
    "verdict_of",
]


class Finding(PublicValue, frozen=True, kw_only=True):
    """What one step found.

    ``where`` is the place in the credential (``claims.exp``, ``cose.protected.alg``), ``detail``
    a sentence for a log: it names rules, times, regions and keys, never a person.
    """

    step: Step
    verdict: Verdict
    reason: Reason
    detail: str = ""
    where: str = ""


PASSED: Final[Mapping[Step, Finding]] = MappingProxyType(
    {step: Finding(step=step, verdict=Verdict.VALID, reason=Reason.OK) for step in Step}
)
"""The finding of each step when there was nothing to object to."""


class Report(Value, frozen=True, kw_only=True):
    """The outcome of one check.

    Times are Unix seconds (NumericDate, RFC 7519 section 2). ``ages`` are seconds by the name of
    the trust data (``registry``, ``status``). ``at`` is None where no time was judged (a single
    signature). ``valid_until`` is the first moment at which a VALID verdict would change, None
    for any other verdict or where nothing ends it.
    The facts about the credential (``issuer`` … ``expires``) are filled in only after its
    signature was verified, whatever the verdict, so that a screen can say what was refused.
    ``id`` is the signed name of the credential, to tell one from another, and ``digest`` SHA-256
    of its signed payload, for those that have no name. Both would link what the holder does, so
    neither ``repr`` nor :func:`as_json` has them. ``tested_at`` is when the sample of a test or
    examination was taken.
    """

    _shown = (
        "verdict",
        "findings",
        "at",
        "format",
        "kid",
        "issuer",
        "type",
        "issued_at",
        "not_before",
        "expires",
        "valid_until",
        "ages",
    )

    verdict: Verdict
    findings: tuple[Finding, ...]
    at: int | None
    format: str | None = None
    kid: str | None = None
    issuer: str | None = None
    type: str | None = None
    issued_at: int | None = None
    not_before: int | None = None
    expires: int | None = None
    valid_until: int | None = None
    ages: Mapping[str, int] = field(default_factory=dict)
    holder: str | None = None
    id: str | None = None
    digest: bytes | None = None
    tested_at: int | None = None

    def __bool__(self) -> NoReturn:
        """Refuse to be a truth value: a report of DENY would count as true.

        Raises:
            TypeError: always.
        """
        raise TypeError("a report is not true or false; write report.verdict is Verdict.VALID")

    @property
    def is_signed(self) -> bool:
        """Whether a trusted key made the signature, whatever else the verdict says."""
        signature = (f.verdict for f in self.findings if f.step is Step.SIGNATURE)
        return any(verdict is Verdict.VALID for verdict in signature)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reason codes of everything that was not in order, worst first."""
        return tuple(finding.reason for finding in self.objections)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are VALID, but not for long: data that should be synced."""
        return tuple(f for f in self.findings if f.reason in _WARNINGS)

    @property
    def objections(self) -> tuple[Finding, ...]:
        """The findings that are not VALID: invalid ones first, then in the order of the steps."""
        found = [f for f in self.findings if f.verdict is not Verdict.VALID]
        found.sort(key=lambda f: f.verdict is not Verdict.INVALID)
        return tuple(found)


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """Return INVALID if any finding is; else INDETERMINATE if any is or a step did not run."""
    seen = {f.verdict for f in findings}
    if Verdict.INVALID in seen:
        return Verdict.INVALID
    if Verdict.INDETERMINATE in seen or {f.step for f in findings} != _ALL_STEPS:
        return Verdict.INDETERMINATE
    return Verdict.VALID


_ALL_STEPS: Final = frozenset(Step)
_WARNINGS: Final = frozenset({Reason.REGISTRY_OLD, Reason.STATUS_OLD})


SCHEMA: Final = "trustcert.report.v1"
"""Name and version of the JSON form: fields are added, never renamed or removed."""


def as_json(report: Report) -> dict[str, Any]:
    """Return ``report`` as JSON values, for logs, screens and other programs.

    It holds the masked name of the holder, and nothing else of the claims.
    """
    return {
        "schema": SCHEMA,
        "verdict": report.verdict.value,
        "signal": report.verdict.signal,
        "reasons": [reason.value for reason in report.reasons],
        "warnings": [finding.reason.value for finding in report.warnings],
        "findings": [
            {
                "step": finding.step.value,
                "verdict": finding.verdict.value,
                "reason": finding.reason.value,
                "detail": str(finding.detail),
                "where": finding.where,
            }
            for finding in report.findings
        ],
        "at": report.at,
        "format": report.format,
        "kid": report.kid,
        "issuer": report.issuer,
        "type": report.type,
        "issued_at": report.issued_at,
        "not_before": report.not_before,
        "expires": report.expires,
        "tested_at": report.tested_at,
        "valid_until": report.valid_until,
        "ages": dict(report.ages),
        "holder": report.holder,
    }
