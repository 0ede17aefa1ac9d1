"""Explain a verdict: every part of the policy in order, and whether it is met.

For a traveller before the journey, a clerk at the counter, and whoever writes the policy: a part
that holds is named too, with the moment at which it will stop holding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from trustcert.claims import Claims
from trustcert.encoding.instants import spoken
from trustcert.policy.circumstances import NOTHING, Circumstances
from trustcert.policy.companions import judge_beside
from trustcert.policy.evaluate import begin, in_force, judge_rule
from trustcert.policy.evaluation import Evaluation
from trustcert.policy.model import Policy
from trustcert.policy.recognising import judge as judge_recognition
from trustcert.report import Finding, Reason, Verdict
from trustcert.values import PublicValue
from trustcert.wording import describe

__all__ = ["Line", "explain"]


class Line(PublicValue, frozen=True, kw_only=True):
    """One part of the policy: in words, what it objects to, and until when it holds.

    ``part`` is a stable name (``in_force``, ``recognition``, ``beside``, ``rule``).
    """

    part: str
    verdict: Verdict
    zh: str
    en: str
    reason: Reason = Reason.OK
    until: int | None = None


_PARTS: Final[tuple[tuple[str, str, str, Callable[[Evaluation], None]], ...]] = (
    ("in_force", "规则有效", "The policy is in force", in_force),
    ("recognition", "互认", "The issuer is recognised for this type", judge_recognition),
    ("beside", "附带证明", "What must be shown beside is shown", judge_beside),
    ("rule", "本地规则", "The rule of the type holds", judge_rule),
)


def explain(
    policy: Policy,
    claims: Claims,
    issuer: str,
    *,
    at: int,
    circumstances: Circumstances = NOTHING,
) -> tuple[Line, ...]:
    """Return each part of ``policy`` with what it says of ``claims`` of ``issuer`` at ``at``.

    The objections are exactly those of :func:`~trustcert.policy.evaluate.evaluate`.
    """
    evaluation = begin(policy, claims, issuer, at, circumstances)
    lines: list[Line] = []
    for part, zh, en, judge in _PARTS:
        objections, moments = len(evaluation.findings), len(evaluation.moments)
        judge(evaluation)
        found = evaluation.findings[objections:]
        if found:
            lines += [_objection(part, finding) for finding in found]
        else:
            until = min(evaluation.moments[moments:], default=None)
            lines.append(_held(part, zh, en, until))
    return tuple(lines)


def _held(part: str, zh: str, en: str, until: int | None) -> Line:
    if until is not None:
        zh, en = f"{zh},至 {spoken(until)}", f"{en}, until {spoken(until)}"
    return Line(part=part, verdict=Verdict.VALID, zh=f"{zh}。", en=f"{en}.", until=until)


def _objection(part: str, finding: Finding) -> Line:
    zh, en = describe(finding.reason, "zh"), describe(finding.reason, "en")
    detail = f" ({finding.detail})" if finding.detail else ""
    return Line(
        part=part,
        verdict=finding.verdict,
        zh=f"{zh.what}{detail} {zh.next}",
        en=f"{en.what}{detail} {en.next}",
        reason=finding.reason,
    )
