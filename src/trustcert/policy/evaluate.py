"""The policy step: recognition first, then the rule of the type."""

from __future__ import annotations

from trustcert.claims import Claims, Colour, Outcome
from trustcert.encoding.instants import spoken
from trustcert.policy.model import Origin, Policy, Recognition, Rule, Window
from trustcert.report import Finding, Reason, Step, Verdict

Judged = tuple[list[Finding], list[int]]
"""Objections, and the moments (Unix seconds) at which something that holds stops holding."""

_UNKNOWN_COLOURS = frozenset({Colour.GREY, Colour.NONE})


def evaluate(policy: Policy, claims: Claims, issuer: str, at: int) -> Judged:
    """Return what ``policy`` objects to in ``claims`` of ``issuer`` (its registry id) at ``at``.

    No objection is a pass. The moments are those after ``at`` at which a rule that holds now
    stops holding.
    """
    findings: list[Finding] = []
    moments: list[int] = []
    if policy.recognitions is not None:
        lines = policy.recognitions_of(issuer, claims.type)
        current = [line for line in lines if _holds(line, at)]
        if current:
            end = _recognised_until(lines, current)
            if end is not None:
                moments.append(end)
        else:
            who = f"{policy.destination} does not recognise {claims.type.value} of {issuer}"
            findings.append(_unrecognised(lines, who, at))
    rule = policy.rules.get(claims.type)
    if rule is None:
        findings.append(_held(Reason.RULE_MISSING, f"no rule for {claims.type.value}"))
    else:
        _judge(rule, claims, at, findings, moments)
    return findings, moments


def _holds(line: Recognition, at: int) -> bool:
    return (line.start is None or line.start <= at) and (line.end is None or at < line.end)


def _recognised_until(lines: tuple[Recognition, ...], current: list[Recognition]) -> int | None:
    """Return when recognition ends if lines that overlap or follow at once take over, or None."""
    end: int | None = 0
    while current:
        if any(line.end is None for line in current):
            return None
        end = max(line.end for line in current if line.end is not None)
        current = [line for line in lines if _holds(line, end)]
    return end


def _unrecognised(lines: tuple[Recognition, ...], who: str, at: int) -> Finding:
    later = [line.start for line in lines if line.start is not None and line.start > at]
    if later:
        return _held(Reason.RECOGNITION_NOT_YET, f"{who} before {spoken(min(later))}")
    ended = [line.end for line in lines if line.end is not None and line.end <= at]
    if ended:
        return _held(Reason.RECOGNITION_ENDED, f"{who} since {spoken(max(ended))}")
    return _held(Reason.NOT_RECOGNISED, who)


def _judge(
    rule: Rule, claims: Claims, at: int, findings: list[Finding], moments: list[int]
) -> None:
    colour: Colour | None = getattr(claims.details, "colour", None)
    if colour is not None:
        _colour(rule, colour, findings)
    outcome: Outcome | None = getattr(claims.details, "result", None)
    if outcome is not None:
        _outcome(rule, outcome, findings)
    if rule.window is not None:
        _age(rule.window, claims, at, findings, moments)


def _colour(rule: Rule, colour: Colour, findings: list[Finding]) -> None:
    where = "claims.credential.colour"
    if rule.colours is None:
        findings.append(_held(Reason.RULE_MISSING, "no rule for colours", where))
    elif colour not in rule.colours:
        if colour in _UNKNOWN_COLOURS:
            findings.append(_held(Reason.COLOUR_UNKNOWN, f"colour {colour.value}", where))
        else:
            findings.append(_refused(Reason.COLOUR_REFUSED, f"colour {colour.value}", where))


def _outcome(rule: Rule, outcome: Outcome, findings: list[Finding]) -> None:
    where = "claims.credential.result"
    if rule.outcomes is None:
        findings.append(_held(Reason.RULE_MISSING, "no rule for results", where))
    elif outcome not in rule.outcomes:
        if outcome is Outcome.INCONCLUSIVE:
            findings.append(_held(Reason.RESULT_UNKNOWN, "result inconclusive", where))
        else:
            findings.append(_refused(Reason.RESULT_REFUSED, f"result {outcome.value}", where))


def _age(
    window: Window, claims: Claims, at: int, findings: list[Finding], moments: list[int]
) -> None:
    name = "sampled_at" if window.origin is Origin.SAMPLED else "reported_at"
    where = f"claims.credential.{name}"
    start: int | None = getattr(claims.details, name, None)
    if start is None:
        findings.append(_held(Reason.TEST_TIME_MISSING, f"no {name}", where))
    elif start > at:
        findings.append(_held(Reason.TEST_IN_FUTURE, f"{name} is after {spoken(at)}", where))
    elif at >= window.ends(start):
        age = (at - start) // 3600
        detail = f"{window.origin.value} {age} h ago, at most {window.hours} h are accepted"
        findings.append(_refused(Reason.TEST_TOO_OLD, detail, where))
    else:
        moments.append(window.ends(start))


def _held(reason: Reason, detail: str, where: str = "") -> Finding:
    return Finding(
        step=Step.POLICY,
        verdict=Verdict.INDETERMINATE,
        reason=reason,
        detail=detail,
        where=where,
    )


def _refused(reason: Reason, detail: str, where: str) -> Finding:
    return Finding(
        step=Step.POLICY, verdict=Verdict.INVALID, reason=reason, detail=detail, where=where
    )
