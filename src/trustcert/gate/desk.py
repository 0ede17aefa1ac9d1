"""An office's desk: a firm and its agent, a bundle of credentials, a file and its approval.

Each function takes a verifier and the codes as they were handed in, and returns one answer with
the reports behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from trustcert.claims import AgentAuthorisation, Claims, EnvironmentalApproval, matches_file
from trustcert.errors import MalformedError, VerificationError
from trustcert.policy import Circumstances, bundles
from trustcert.policy.bundles import BundleReport, Handed, Person
from trustcert.policy.circumstances import NOTHING
from trustcert.policy.journeys import valid_until
from trustcert.report import Reason, Report, Verdict
from trustcert.values import PublicValue
from trustcert.verifier import Verifier


class Mandate(PublicValue, frozen=True, kw_only=True):
    """Whether a person may act for a firm: the two reports, and what joins them.

    ``reason`` is OK, HOLDER_MISMATCH where the authorisation is of another firm, or
    POWER_MISSING where it does not cover what the agent wants to do.
    """

    verdict: Verdict
    firm: Report
    agent: Report
    reason: Reason = Reason.OK


def judge_agent(
    verifier: Verifier,
    codes: tuple[str, str],
    *,
    power: str,
    at: int,
    circumstances: Circumstances = NOTHING,
) -> Mandate:
    """Return whether an agent may do ``power`` for a firm.

    ``codes`` are the firm's licence and the agent's authorisation, ``circumstances`` those
    of the agent: the document that was shown.
    """
    firm = _handed(verifier, codes[0], at)
    agent = _handed(verifier, codes[1], at, circumstances)
    verdicts = {firm.report.verdict, agent.report.verdict}
    reason = Reason.OK
    if firm.claims is not None and agent.claims is not None:
        reason = _joined(firm.claims, agent.claims, power)
    verdict = Verdict.VALID
    if Verdict.INVALID in verdicts or reason is not Reason.OK:
        verdict = Verdict.INVALID
    elif Verdict.INDETERMINATE in verdicts:
        verdict = Verdict.INDETERMINATE
    return Mandate(verdict=verdict, firm=firm.report, agent=agent.report, reason=reason)


def judge_bundle(
    verifier: Verifier,
    name: str,
    texts: Sequence[str],
    *,
    at: int,
    rosters: Mapping[str, Sequence[Person]] | None = None,
) -> BundleReport:
    """Return what is there and missing of the bundle ``name`` of the verifier's policy.

    Raises:
        MalformedError: the policy defines no such bundle, or a roster is missing.
    """
    defined = {} if verifier.policy is None else verifier.policy.bundles
    if name not in defined:
        raise MalformedError(
            f"must be one of: {', '.join(sorted(defined)) or 'none'}", where="name"
        )
    handed = [_handed(verifier, text, at) for text in texts]
    return bundles.evaluate(defined[name], handed, at=at, rosters=rosters)


class FileReport(PublicValue, frozen=True, kw_only=True):
    """Whether a file is the one that was approved; FILE_CHANGED says that its bytes are others."""

    verdict: Verdict
    report: Report
    reason: Reason = Reason.OK


def judge_file(verifier: Verifier, text: str, file: BinaryIO, *, at: int) -> FileReport:
    """Return whether ``file`` is what the credential in ``text`` was signed for.

    Raises:
        MalformedError: the credential is VALID, but of a type that is bound to no file.
        UnsupportedError: a digest function that is not known here.
    """
    handed = _handed(verifier, text, at)
    if handed.claims is None:
        return FileReport(verdict=handed.report.verdict, report=handed.report)
    details = handed.claims.details
    if not isinstance(details, EnvironmentalApproval):
        raise MalformedError("is bound to no file", where="type")
    if matches_file(details.file_digest, details.file_size, file):
        return FileReport(verdict=Verdict.VALID, report=handed.report)
    return FileReport(verdict=Verdict.INVALID, report=handed.report, reason=Reason.FILE_CHANGED)


def _handed(
    verifier: Verifier, text: str, at: int, circumstances: Circumstances = NOTHING
) -> Handed:
    try:
        credential = verifier.verify(text, at=at, circumstances=circumstances)
    except VerificationError as error:
        return Handed(report=error.report)
    report, claims, policy = credential.report, credential.claims, verifier.policy
    ends = None
    if policy is not None and report.issuer is not None:
        ends = valid_until(policy, claims, report.issuer, at=at, circumstances=circumstances)
    return Handed(report=report, claims=claims, ends=ends)


def _joined(firm: Claims, agent: Claims, power: str) -> Reason:
    details = agent.details
    if not isinstance(details, AgentAuthorisation):
        return Reason.HOLDER_MISMATCH
    if details.principal_code != firm.holder.organisation_code:
        return Reason.HOLDER_MISMATCH
    return Reason.OK if power in details.powers else Reason.POWER_MISSING
