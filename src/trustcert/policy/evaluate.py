"""The policy step: is the policy in force, the issuer recognised, the rule of the type kept?

Each part of a rule is one function over a :class:`~trustcert.policy.case.Case`; it notes
objections, and the moments at which what holds now stops holding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from trustcert.claims import Claims, Colour, CredentialType, Outcome, Presentation
from trustcert.claims.holders import is_number_of
from trustcert.claims.lifetimes import birthday
from trustcert.claims.types import Recovery, Travel, Vaccination
from trustcert.encoding.instants import spoken
from trustcert.policy import colours, health, recognising
from trustcert.policy.case import Case, place
from trustcert.policy.circumstances import NOTHING, Circumstances
from trustcert.policy.model import Paper, Part, Policy, Rule
from trustcert.report import Finding, Reason

_TEST: Final = Part.TEST
_VACCINATION: Final = Part.VACCINATION

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
    case = Case(policy, claims, issuer, at, circumstances)
    if policy.start is not None or policy.end is not None:
        in_force(case)
    recognising.judge(case)
    rule = case.rule
    if case.beside or (rule is not None and rule.beside):
        judge_beside(case)
    judge_rule(case)
    return case.findings, case.moments


def in_force(case: Case) -> None:
    """Note whether the policy itself is in force, and until when."""
    start, end = case.policy.start, case.policy.end
    if start is not None and case.at < start:
        case.hold(Reason.POLICY_NOT_IN_FORCE, f"the policy is in force from {spoken(start)}")
    elif end is not None and case.at >= end:
        case.hold(Reason.POLICY_NOT_IN_FORCE, f"the policy ended {spoken(end)}")
    else:
        case.until(end)


def judge_rule(case: Case) -> None:
    """Note what the rule of the type says, natively or in another language."""
    is_judged = _foreign(case) if case.policy.foreign else False
    rule = case.rule
    if rule is None:
        if not is_judged:
            case.hold(Reason.RULE_MISSING, f"no rule for {case.claims.type.value}")
        return
    _exempt(case, rule)
    _demands(case, rule)
    if case.circumstances.number is not None:
        _identity(case, case.circumstances.number)
    if case.claims.presentation is not None:
        _presentation(case, rule)
    _asserted(case, rule)
    if rule.window is not None and _TEST not in case.waived:
        health.window(case, rule.window)
    part = _OF_TYPE.get(type(case.claims.details))
    if part is not None and _VACCINATION not in case.waived:
        part(case, rule)


def _foreign(case: Case) -> bool:
    """Note what rules in other languages say; return whether any was for these claims."""
    is_judged = False
    for rules in case.policy.foreign.values():
        judged = rules.judge(case.claims, case.at)
        if judged is not None:
            is_judged = True
            case.findings += judged[0]
            case.moments += judged[1]
    return is_judged


def _asserted(case: Case, rule: Rule) -> None:
    """Judge the colour and the result, where the credential asserts them."""
    details = case.claims.details
    colour: Colour | None = getattr(details, "colour", None)
    if colour is not None:
        colours.judge(case, colour)
    outcome: Outcome | None = getattr(details, "result", None)
    if outcome is not None:
        _outcome(case, rule, outcome)


_OF_TYPE: Final[dict[type, Callable[[Case, Rule], None]]] = {
    Vaccination: health.vaccination,
    Recovery: health.recovery,
    Travel: health.travel,
}


_RESULT: Final = place("result")


def _outcome(case: Case, rule: Rule, outcome: Outcome) -> None:
    if rule.outcomes is None:
        case.hold(Reason.RULE_MISSING, "no rule for results", _RESULT)
    elif outcome not in rule.outcomes:
        if outcome is Outcome.INCONCLUSIVE:
            case.hold(Reason.RESULT_UNKNOWN, "result inconclusive", _RESULT)
        else:
            case.refuse(Reason.RESULT_REFUSED, f"result {outcome.value}", _RESULT)


def _exempt(case: Case, rule: Rule) -> None:
    """Waive what the holder's age is exempt from; an unknown age is exempt from nothing."""
    born = case.claims.holder.birth_date
    if born is None:
        return
    for exemption in rule.exemptions:
        start = birthday(born, exemption.from_age)
        end = None if exemption.below_age is None else birthday(born, exemption.below_age)
        if start <= case.at and (end is None or case.at < end):
            case.waived |= exemption.waives
            case.until(end)


def _demands(case: Case, rule: Rule) -> None:
    if rule.series is not None and Part.SERIES not in case.waived:
        health.series(case, rule.series)
    if rule.identity and Part.IDENTITY not in case.waived:
        _identity_needed(case)
    if rule.live and Part.LIVE not in case.waived and not case.circumstances.is_live:
        case.hold(Reason.PRESENTATION_NEEDED, "a live presentation is asked for")


def _presentation(case: Case, rule: Rule) -> None:
    """Judge how the credential is meant to be shown."""
    meant = case.claims.presentation
    if meant is Presentation.LIVE and not (case.circumstances.is_live or rule.live):
        case.hold(Reason.PRESENTATION_NEEDED, "the credential is for live presentation only")
    if meant is not Presentation.PAPER:
        return
    if rule.paper is None:
        case.hold(Reason.RULE_MISSING, "no rule for paper", place("presentation"))
    elif rule.paper is Paper.REFUSE:
        case.refuse(Reason.PAPER_REFUSED, "paper is not accepted here", place("presentation"))
    elif not rule.identity:
        _identity_needed(case)


def _identity_needed(case: Case) -> None:
    if case.circumstances.number is None:
        kind = case.claims.holder.document_type
        document = "document" if kind is None else kind.facts.en
        case.hold(Reason.IDENTITY_NEEDED, f"compare with the {document}")


def _identity(case: Case, typed: str) -> None:
    """Judge the number that was typed from the document shown."""
    same = is_number_of(case.claims.holder, typed)
    if same is None:
        case.hold(Reason.IDENTITY_NEEDED, "the credential names no document to compare with")
    elif not same:
        case.refuse(Reason.IDENTITY_MISMATCH, "the document shown is not the holder's")


def judge_beside(case: Case) -> None:
    """Note which of the credentials that must be shown beside are not, or do not pass."""
    asked = case.beside if case.rule is None else case.beside | case.rule.beside
    missing = asked - _passing(case)
    if missing and Part.BESIDE not in _waived_for(case):
        names = ", ".join(sorted(kind.value for kind in missing))
        case.hold(Reason.DOCUMENT_NEEDED, f"to be shown too: {names}")


def _waived_for(case: Case) -> frozenset[Part]:
    if case.rule is not None and not case.waived:
        _exempt(case, case.rule)
    return case.waived


def _passing(case: Case) -> frozenset[CredentialType]:
    """Return the types shown beside that are the holder's and pass this policy by themselves."""
    alone = Circumstances(departed_at=case.circumstances.departed_at)
    found = set()
    for companion in case.companions():
        other = Case(case.policy, companion.claims, companion.issuer, case.at, alone)
        recognising.judge(other)
        judge_rule(other)
        if not other.findings:
            found.add(companion.claims.type)
            case.moments += other.moments
    return frozenset(found)
