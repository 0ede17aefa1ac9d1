"""What a check found: verdict, steps, reasons, findings.

The seven steps stand here in the order in which they run (see ``docs/architecture.md``).
A report holds no personal data except ``holder``, a masked name that its ``repr`` leaves out.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import field

from trustcert.values import PublicValue, Value


class Verdict(enum.Enum):
    """The outcome of a step or of a whole check (ETSI EN 319 102-1 uses the same three)."""

    VALID = "valid"
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"

    @property
    def signal(self) -> str:
        """The word that a checkpoint shows: PASS, HOLD or DENY."""
        return _SIGNALS[self]


_SIGNALS: Final = {
    Verdict.VALID: "PASS",
    Verdict.INDETERMINATE: "HOLD",
    Verdict.INVALID: "DENY",
}


class Step(enum.Enum):
    """The seven steps of a check, in order."""

    FORMAT = "format"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    VALIDITY = "validity"
    STATUS = "status"
    POLICY = "policy"


class Reason(enum.Enum):
    """Stable reason codes; programs may store and compare the values.

    Codes are added, never renamed. :mod:`trustcert.wording` says each in words.
    """

    OK = "ok"

    NOT_A_CODE = "not_a_code"
    MALFORMED = "malformed"
    LIMIT_EXCEEDED = "limit_exceeded"
    UNSUPPORTED = "unsupported"
    PARTS_MISSING = "parts_missing"

    CLOCK_BEHIND = "clock_behind"
    KEY_UNKNOWN = "key_unknown"
    KEY_WITHDRAWN = "key_withdrawn"
    KEY_COMPROMISED = "key_compromised"
    REGISTRY_STALE = "registry_stale"

    NOT_SIGNED = "not_signed"
    SIGNATURE_WRONG = "signature_wrong"
    ALGORITHM_MISMATCH = "algorithm_mismatch"

    CLAIMS_MALFORMED = "claims_malformed"
    ISSUER_MISMATCH = "issuer_mismatch"
    TYPE_NOT_ALLOWED = "type_not_allowed"

    ISSUED_IN_FUTURE = "issued_in_future"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    OUTSIDE_KEY_WINDOW = "outside_key_window"

    REVOKED = "revoked"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    ANNULLED = "annulled"
    PENALISED = "penalised"
    LAPSED = "lapsed"
    UNDER_INVESTIGATION = "under_investigation"
    STATUS_UNKNOWN = "status_unknown"
    STATUS_OUT_OF_RANGE = "status_out_of_range"
    STATUS_STALE = "status_stale"

    POLICY_MISSING = "policy_missing"
    NOT_RECOGNISED = "not_recognised"
    RECOGNITION_NOT_YET = "recognition_not_yet"
    RECOGNITION_ENDED = "recognition_ended"
    COLOUR_REFUSED = "colour_refused"
    COLOUR_UNKNOWN = "colour_unknown"
    RESULT_REFUSED = "result_refused"
    RESULT_UNKNOWN = "result_unknown"
    TEST_TOO_OLD = "test_too_old"
    TEST_TIME_MISSING = "test_time_missing"
    TEST_IN_FUTURE = "test_in_future"
    RULE_MISSING = "rule_missing"
    RULE_FAILED = "rule_failed"
    RULE_OPEN = "rule_open"
    POLICY_NOT_IN_FORCE = "policy_not_in_force"
    RECOGNITION_EXCLUDED = "recognition_excluded"
    RECOGNITION_INDIRECT = "recognition_indirect"
    DIVISION_MISSING = "division_missing"
    COLOUR_STALE = "colour_stale"
    COLOUR_CONTESTED = "colour_contested"
    TESTS_MISSING = "tests_missing"
    DEPARTURE_UNKNOWN = "departure_unknown"
    VACCINE_UNKNOWN = "vaccine_unknown"
    VACCINATION_UNKNOWN = "vaccination_unknown"
    VACCINATION_INCOMPLETE = "vaccination_incomplete"
    VACCINATION_TOO_NEW = "vaccination_too_new"
    VACCINATION_TOO_OLD = "vaccination_too_old"
    RECOVERY_TOO_NEW = "recovery_too_new"
    RECOVERY_TOO_OLD = "recovery_too_old"
    TRAVEL_STALE = "travel_stale"
    PLACE_REFUSED = "place_refused"
    PAPER_REFUSED = "paper_refused"
    IDENTITY_NEEDED = "identity_needed"
    IDENTITY_MISMATCH = "identity_mismatch"
    DOCUMENT_NEEDED = "document_needed"
    PRESENTATION_NEEDED = "presentation_needed"
    PRESENTATION_WRONG = "presentation_wrong"
    PRESENTATION_STALE = "presentation_stale"
    PRESENTATION_NOT_HERE = "presentation_not_here"
    GUARDIAN_REFUSED = "guardian_refused"
    MOVED = "moved"
    IDENTIFIER_MISMATCH = "identifier_mismatch"
    HOLDER_MISMATCH = "holder_mismatch"
    POWER_MISSING = "power_missing"
    FILE_CHANGED = "file_changed"

    REGISTRY_OLD = "registry_old"
    STATUS_OLD = "status_old"
    DIVISION_NOT_ALLOWED = "division_not_allowed"

    INTERNAL = "internal"


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
    ``id`` is the signed name of the credential, to tell one from another: it would link what its
    holder does, so neither ``repr`` nor :func:`as_json` has it.
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
                "detail": finding.detail,
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
        "valid_until": report.valid_until,
        "ages": dict(report.ages),
        "holder": report.holder,
    }
