"""The policy step: is the policy in force, the issuer recognised, the rule of the type kept?

Each part of a rule is one function over an :class:`~trustcert.policy.evaluation.Evaluation`. It
notes objections, and the moments at which what holds now stops holding. No part stops at the first
fact that it finds: every one is looked at, so that their order changes nothing.
"""

from __future__ import annotations

from trustcert.claims import Claims, Presentation
from trustcert.claims.holders import is_number_of
from trustcert.claims.lifetimes import birthday
from trustcert.encoding.instants import spoken
from trustcert.policy import colours, companions, health, recognising, testing
from trustcert.policy.circumstances import NOTHING, Circumstances
from trustcert.policy.evaluation import Evaluation, claim_path
from trustcert.policy.model import Paper, Part, Policy, Rule
from trustcert.report import Finding, Reason

__all__ = ["Judged", "begin", "evaluate", "in_force", "judge_rule"]

Judged = tuple[list[Finding], list[int]]
"""Objections, and the moments (Unix seconds) at which something that holds stops holding."""


def evaluate(
    policy: Policy,
    claims: Claims,
    issuer: str,
    at: int,
    circumstances: Circumstances = NOTHING,
) -> Judged:
    """Return what ``policy`` objects to in ``claims`` of ``issuer`` (its registry id) at ``at``.

    No objection is a pass. The moments are those after ``at`` at which a rule that holds now
    stops holding.
    """
    evaluation = begin(policy, claims, issuer, at, circumstances)
    in_force(evaluation)
    recognising.judge(evaluation)
    companions.judge_beside(evaluation)
    judge_rule(evaluation)
    return evaluation.findings, evaluation.moments


def begin(
    policy: Policy, claims: Claims, issuer: str, at: int, circumstances: Circumstances
) -> Evaluation:
    """Return an evaluation without findings, that knows what is shown beside and what is waived."""
    evaluation = Evaluation(policy, claims, issuer, at, circumstances)
    evaluation.shown = companions.judged_alone(evaluation, _judge_alone)
    _exempt(evaluation)
    return evaluation


def _judge_alone(evaluation: Evaluation) -> None:
    """Judge a companion: everything but what it asks to be shown beside it."""
    _exempt(evaluation)
    recognising.judge(evaluation)
    judge_rule(evaluation)


def in_force(evaluation: Evaluation) -> None:
    """Note whether the policy itself is in force, and until when."""
    start, end = evaluation.policy.valid_from, evaluation.policy.valid_until
    if start is not None and evaluation.at < start:
        detail = f"the policy is in force from {spoken(start)}"
        evaluation.hold(Reason.POLICY_NOT_IN_FORCE, detail)
    elif end is not None and evaluation.at >= end:
        evaluation.hold(Reason.POLICY_NOT_IN_FORCE, f"the policy ended {spoken(end)}")
    else:
        evaluation.until(end)


def judge_rule(evaluation: Evaluation) -> None:
    """Note what the rule of the type says, natively or in CertLogic."""
    is_judged = _certlogic(evaluation)
    rule = evaluation.rule
    if rule is None:
        if not is_judged:
            evaluation.hold(Reason.RULE_MISSING, f"no rule for {evaluation.claims.type.value}")
        return
    _identity(evaluation, rule)
    _live(evaluation, rule)
    _paper(evaluation, rule)
    colours.judge(evaluation, rule)
    testing.judge(evaluation, rule)
    if Part.VACCINATION not in evaluation.waived:
        health.judge(evaluation, rule)


def _exempt(evaluation: Evaluation) -> None:
    """Waive what the holder's age is exempt from; an unknown age is exempt from nothing."""
    born = evaluation.claims.holder.birth_date
    if born is None or evaluation.rule is None:
        return
    for exemption in evaluation.rule.exemptions:
        start = birthday(born, exemption.from_age)
        end = None if exemption.below_age is None else birthday(born, exemption.below_age)
        if start <= evaluation.at and (end is None or evaluation.at < end):
            evaluation.waived |= exemption.waives
            evaluation.until(end)


def _certlogic(evaluation: Evaluation) -> bool:
    """Note what the CertLogic rules say; return whether any was for these claims."""
    rules = evaluation.policy.certlogic
    judged = None if rules is None else rules.judge(evaluation.claims, evaluation.at)
    if judged is None:
        return False
    evaluation.findings += judged[0]
    evaluation.moments += judged[1]
    return True


def _identity(evaluation: Evaluation, rule: Rule) -> None:
    """Compare the number that was typed, or ask for it where the rule or paper demands it."""
    typed, holder = evaluation.circumstances.number, evaluation.claims.holder
    if typed is None:
        asked = rule.identity and Part.IDENTITY not in evaluation.waived
        on_paper = evaluation.claims.presentation is Presentation.PAPER
        if asked or (on_paper and rule.paper not in {None, Paper.REFUSE}):
            kind = holder.document_type
            document = "document" if kind is None else kind.facts.en
            evaluation.hold(Reason.IDENTITY_NEEDED, f"compare with the {document}")
        return
    same = is_number_of(holder, typed)
    if same is None:
        detail = "the credential does not say the document's number: compare it by eye"
        evaluation.hold(Reason.IDENTITY_NEEDED, detail)
    elif not same:
        evaluation.refuse(Reason.IDENTITY_MISMATCH, "the document shown is not the holder's")


def _live(evaluation: Evaluation, rule: Rule) -> None:
    """Ask for a live presentation where the rule or the credential itself does."""
    if evaluation.circumstances.is_live:
        return
    if rule.live and Part.LIVE not in evaluation.waived:
        evaluation.hold(Reason.PRESENTATION_NEEDED, "a live presentation is asked for")
    elif evaluation.claims.presentation is Presentation.LIVE:
        detail = "the credential is for live presentation only"
        evaluation.hold(Reason.PRESENTATION_NEEDED, detail)


def _paper(evaluation: Evaluation, rule: Rule) -> None:
    """Judge a credential that is meant for paper."""
    if evaluation.claims.presentation is not Presentation.PAPER:
        return
    if rule.paper is None:
        evaluation.hold(Reason.RULE_MISSING, "no rule for paper", claim_path("presentation"))
    elif rule.paper is Paper.REFUSE:
        detail = "paper is not accepted here"
        evaluation.refuse(Reason.PAPER_REFUSED, detail, claim_path("presentation"))
