"""Judge test results by the rule of their type: result, method, disease and age.

Hours count from the moment of sampling or of report; days are days in China, which has one time
zone. Where a moment is missing the credential is held, never guessed. Of several results the
newest counts; a result without a date, or two of one moment that contradict each other, leave it
open which that is.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from trustcert.claims import Claims, Outcome, TestMethod
from trustcert.claims.types import Details, TestResult
from trustcert.encoding.instants import HOUR, spoken
from trustcert.policy.evaluation import Evaluation, claim_path, events_of, lists_disease
from trustcert.policy.model import Count, JudgeAt, Origin, Part, Rule, Series, Window
from trustcert.report import Reason

__all__ = ["judge"]

_CLAIM_OF: Final = {Origin.SAMPLED: "sampled_at", Origin.REPORTED: "reported_at"}
"""The claim that says from when a test counts."""

_USUAL_METHODS: Final = frozenset({TestMethod.NUCLEIC_ACID, TestMethod.ANTIGEN})
"""What a rule accepts that names no methods: an antibody says nothing of a present infection."""

_RESULT: Final = claim_path("result")

_OF_AGE: Final = frozenset({Reason.TEST_TOO_OLD, Reason.DEPARTURE_UNKNOWN, Reason.TESTS_MISSING})
"""What may be said against a test that still counts in a series, which has its own hours."""


def judge(evaluation: Evaluation, rule: Rule) -> None:
    """Note what the rule says of the newest test that it is for, and of a series."""
    newest = _newest(evaluation, _relevant(evaluation, rule), rule)
    if newest:
        _result(evaluation, rule, newest[0])
    if Part.TEST not in evaluation.waived:
        fitting = [(x, window) for x in newest for window in rule.windows if _fits(window, x)]
        evaluation.any_rule(partial(_age, test=x, window=window) for x, window in fitting)
    if rule.series is not None and Part.SERIES not in evaluation.waived:
        _series(evaluation, rule, rule.series)


def _relevant(evaluation: Evaluation, rule: Rule) -> list[Details]:
    """Return the tests that the rule is for; where there is none, note why."""
    tests = _tests(evaluation.claims)
    relevant = [test for test in tests if _is_for(rule, test)]
    if not relevant:
        evaluation.any_fact(partial(_unfit, test=test, rule=rule) for test in tests)
    return relevant


def _tests(claims: Claims) -> list[Details]:
    """Return the tests of a credential; of another type, what it asserts."""
    if not isinstance(claims.details, TestResult):
        return [claims.details]
    return [event for event in events_of(claims) if isinstance(event, TestResult)]


def _is_for(rule: Rule, test: Details) -> bool:
    windows = rule.windows
    return any(_fits(window, test) for window in windows) if windows else _is_usual(test)


def _is_usual(test: Details) -> bool:
    method: TestMethod | None = getattr(test, "method", None)
    return method is None or method in _USUAL_METHODS


def _has_method(window: Window, test: Details) -> bool:
    if window.methods is None:
        return _is_usual(test)
    return getattr(test, "method", None) in window.methods


def _fits(window: Window, test: Details) -> bool:
    of_disease = window.diseases is None or lists_disease(window.diseases, test)
    return of_disease and _has_method(window, test)


def _unfit(evaluation: Evaluation, test: Details, rule: Rule) -> None:
    """Note why no window is for the test."""
    method: TestMethod | None = getattr(test, "method", None)
    if any(_has_method(window, test) for window in rule.windows):
        disease = getattr(test, "disease", None) or "no disease"
        evaluation.hold(
            Reason.DISEASE_UNKNOWN, f"{disease} is not on the list", claim_path("disease")
        )
    elif method is None:
        detail = "the method of the test is not known"
        evaluation.hold(Reason.METHOD_UNKNOWN, detail, claim_path("method"))
    else:
        detail = f"{method.value} tests are not accepted"
        evaluation.refuse(Reason.METHOD_REFUSED, detail, claim_path("method"))


def _newest(evaluation: Evaluation, tests: list[Details], rule: Rule) -> list[Details]:
    """Return the newest tests, which agree; none where it is open which those are."""
    if len(tests) < 2:
        return tests
    moments = [_when(rule, test) for test in tests]
    last = max((moment for moment in moments if moment is not None), default=None)
    found = list(zip(moments, tests, strict=True))
    newest = [test for moment, test in found if moment in {None, last}]
    if len({getattr(test, "result", None) for test in newest}) < 2:
        return [test for moment, test in found if moment == last]
    if None in moments:
        evaluation.hold(Reason.TEST_TIME_MISSING, "a result without a date may be the newest")
    else:
        detail = "the newest results contradict each other"
        evaluation.hold(Reason.RESULT_UNKNOWN, detail, _RESULT)
    return []


def _when(rule: Rule, test: Details) -> int | None:
    """Return when a test was made, by the moment that the rule counts from, else by the other."""
    origins = [window.origin for window in rule.windows if _fits(window, test)]
    for origin in (*origins, Origin.SAMPLED, Origin.REPORTED):
        moment = _moment(test, origin)
        if moment is not None:
            return moment
    return None


def _moment(test: Details, origin: Origin) -> int | None:
    moment: int | None = getattr(test, _CLAIM_OF[origin], None)
    return moment


def _result(evaluation: Evaluation, rule: Rule, test: Details) -> None:
    """Judge the result, where the credential asserts one."""
    result: Outcome | None = getattr(test, "result", None)
    if result is None:
        return
    if rule.results is None:
        evaluation.hold(Reason.RULE_MISSING, "no rule for results", _RESULT)
    elif result not in rule.results:
        if result is Outcome.INCONCLUSIVE:
            evaluation.hold(Reason.RESULT_UNKNOWN, "result inconclusive", _RESULT)
        else:
            evaluation.refuse(Reason.RESULT_REFUSED, f"result {result.value}", _RESULT)


def _age(evaluation: Evaluation, test: Details, window: Window) -> None:
    """Note whether the test is young enough, at entry or at departure."""
    origin = window.origin
    start = _moment(test, origin)
    if start is None and window.otherwise is not None:
        origin = window.otherwise
        start = _moment(test, origin)
    name = _CLAIM_OF[origin]
    if start is None:
        evaluation.hold(Reason.TEST_TIME_MISSING, f"no {name}", claim_path(name))
        return
    at, ends, departed = evaluation.at, window.ends(start), evaluation.circumstances.departed_at
    by_departure = window.judge_at is JudgeAt.DEPARTURE
    if start > at:
        detail = f"{name} is after {spoken(at)}"
        evaluation.hold(Reason.TEST_IN_FUTURE, detail, claim_path(name))
    elif by_departure and departed is not None and departed <= at:
        if departed >= ends:
            _too_old(evaluation, window, origin, departed - start)
    elif at < ends:
        evaluation.until(ends)
    elif by_departure:
        detail = "the test counts at departure: when was it?"
        evaluation.hold(Reason.DEPARTURE_UNKNOWN, detail)
    else:
        _too_old(evaluation, window, origin, at - start)


def _too_old(evaluation: Evaluation, window: Window, origin: Origin, seconds: int) -> None:
    """Refuse a test that was ``seconds`` old at the moment that counts."""
    days = window.count is Count.CALENDAR_DAYS
    allowed = f"{window.days} whole days" if days else f"{window.ends(0) // HOUR} h"
    detail = f"{origin.value} {seconds // HOUR} h ago, at most {allowed} are accepted"
    if window.judge_at is JudgeAt.DEPARTURE:
        detail = f"at departure {detail}"
    evaluation.refuse(Reason.TEST_TOO_OLD, detail, claim_path(_CLAIM_OF[origin]))


def _series(evaluation: Evaluation, rule: Rule, series: Series) -> None:
    """Note whether enough tests of the holder are shown, far enough apart and young enough.

    The tests are this credential's and those shown beside that pass their whole rule but for the
    age, all with a result that the rule accepts.
    """
    claims = [evaluation.claims]
    claims += [shown.claims for shown in evaluation.shown if shown.reasons <= _OF_AGE]
    oldest = evaluation.at - series.within_hours * HOUR
    times = {
        moment
        for entry in claims
        if entry.type is evaluation.claims.type
        for test in _tests(entry)
        if getattr(test, "result", None) in (rule.results or ()) and _is_for(rule, test)
        if (moment := _moment(test, series.origin)) is not None
        and oldest <= moment <= evaluation.at
    }
    chosen: list[int] = []
    for moment in sorted(times, reverse=True):
        if not chosen or chosen[-1] - moment >= series.apart_hours * HOUR:
            chosen.append(moment)
    if len(chosen) >= series.tests:
        evaluation.until(chosen[series.tests - 1] + series.within_hours * HOUR + 1)
    else:
        evaluation.hold(
            Reason.TESTS_MISSING,
            f"{len(chosen)} of {series.tests} tests in {series.within_hours} h, "
            f"{series.apart_hours} h apart, are shown",
        )
