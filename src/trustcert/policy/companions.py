"""Credentials that are shown beside the one in question, and which of them may count.

Each must be of the same holder, recognised here, and pass the rule of its own type, with what it
asks to be shown beside it. A credential without all that changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trustcert.claims import CredentialType
from trustcert.claims.holders import same_body, same_holder
from trustcert.policy.circumstances import Circumstances, Companion
from trustcert.policy.evaluation import Evaluation, Shown
from trustcert.policy.model import Part
from trustcert.report import Reason

__all__ = ["judge_beside", "judged_alone", "missing_beside"]


def judged_alone(evaluation: Evaluation, judge: Callable[[Evaluation], None]) -> tuple[Shown, ...]:
    """Return each companion of the same holder, with what ``judge`` objects to in it alone."""
    companions = list(_of_same_holder(evaluation))
    if not companions:
        return ()
    mine = Companion(claims=evaluation.claims, issuer=evaluation.issuer)
    evaluations = [_alone(evaluation, companion, judge) for companion in (*companions, mine)]
    passing = [other.claims.type for other in evaluations if not other.findings]
    shown = []
    for other in evaluations[:-1]:
        beside = list(passing)
        if not other.findings:
            beside.remove(other.claims.type)  # nothing is shown beside itself
        reasons = {finding.reason for finding in other.findings}
        if missing_beside(other, frozenset(beside)):
            reasons.add(Reason.DOCUMENT_NEEDED)
        moments = [*other.moments]
        if other.claims.expires is not None:
            moments.append(other.claims.expires)
        shown.append(
            Shown(
                claims=other.claims,
                issuer=other.issuer,
                reasons=frozenset(reasons),
                moments=tuple(moments),
            )
        )
    return tuple(shown)


def judge_beside(evaluation: Evaluation) -> None:
    """Note which of the credentials that must be shown beside are not, or do not pass."""
    passing: dict[CredentialType, int | None] = {}
    for shown in evaluation.shown:
        if not shown.reasons:
            kind = shown.claims.type
            passing[kind] = _later(passing.get(kind, 0), shown.until)
    missing = missing_beside(evaluation, frozenset(passing))
    if missing:
        names = ", ".join(sorted(kind.value for kind in missing))
        evaluation.hold(Reason.DOCUMENT_NEEDED, f"to be shown too: {names}")
    elif passing:
        met = [asked for asked in _asked(evaluation) if asked <= passing.keys()]
        ends = [[end for kind in asked if (end := passing[kind]) is not None] for asked in met]
        if all(ends):  # an alternative without an end lasts
            evaluation.until(max((min(alternative) for alternative in ends), default=None))


def missing_beside(
    evaluation: Evaluation, passing: frozenset[CredentialType]
) -> frozenset[CredentialType]:
    """Return the types that are still to be shown, by the line of recognition that asks least."""
    asked = _asked(evaluation)
    if frozenset() in asked:
        return frozenset()
    lacking = [kinds - passing for kinds in asked]
    return min(lacking, key=lambda kinds: (len(kinds), sorted(kind.value for kind in kinds)))


def _asked(evaluation: Evaluation) -> list[frozenset[CredentialType]]:
    """Return what is to be shown too, by each line of recognition: one of them must be met."""
    if Part.BESIDE in evaluation.waived:
        return [frozenset()]
    by_rule = frozenset() if evaluation.rule is None else evaluation.rule.beside
    return [by_line | by_rule for by_line in evaluation.beside]


def _later(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _of_same_holder(evaluation: Evaluation) -> Iterator[Companion]:
    mine, at = evaluation.claims, evaluation.at
    for companion in evaluation.circumstances.companions:
        other = companion.claims
        if other.expires is not None and at >= other.expires:
            continue
        if mine.details.of_bodies:
            same = same_body(mine.holder, other.holder)
        else:
            same = same_holder(mine.holder, other.holder, evaluation.circumstances.number)
        if same:
            yield companion


def _alone(
    evaluation: Evaluation, companion: Companion, judge: Callable[[Evaluation], None]
) -> Evaluation:
    known = evaluation.circumstances
    alone = Circumstances(departed_at=known.departed_at, number=known.number)
    other = Evaluation(evaluation.policy, companion.claims, companion.issuer, evaluation.at, alone)
    judge(other)
    return other
