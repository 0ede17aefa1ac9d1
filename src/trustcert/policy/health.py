"""The rules of tests, vaccinations, recoveries and travel records: all about when.

Hours count from the moment of sampling or of report; days are days in China, which has one time
zone. Where a moment is missing the credential is held, never guessed.
"""

from __future__ import annotations

from typing import Final

from trustcert.claims import Claims
from trustcert.claims.lifetimes import begins
from trustcert.claims.types import Recovery, Travel, Vaccination
from trustcert.encoding.instants import spoken
from trustcert.policy.case import Case, place
from trustcert.policy.model import HOUR, Immunity, JudgeAt, Origin, Rule, Series, Window
from trustcert.policy.recognising import within
from trustcert.report import Reason

_DEPARTURE: Final = JudgeAt.DEPARTURE
CLAIM_OF: Final = {Origin.SAMPLED: "sampled_at", Origin.REPORTED: "reported_at"}
"""The claim that says from when a test counts."""


def window(case: Case, rule: Window) -> None:
    """Note whether the test is young enough, at entry or at departure."""
    origin = rule.origin
    start = _moment(case.claims, origin)
    if start is None and rule.otherwise is not None:
        origin = rule.otherwise
        start = _moment(case.claims, origin)
    if start is None:
        name = CLAIM_OF[origin]
        case.hold(Reason.TEST_TIME_MISSING, f"no {name}", place(name))
        return
    at, ends, departed = case.at, rule.ends(start), case.circumstances.departed_at
    if start > at:
        name = CLAIM_OF[origin]
        case.hold(Reason.TEST_IN_FUTURE, f"{name} is after {spoken(at)}", place(name))
    elif rule.judge_at is _DEPARTURE and departed is not None and departed <= at:
        if departed >= ends:
            _too_old(case, rule, origin, departed - start)
    elif at < ends:
        case.until(ends)
    elif rule.judge_at is _DEPARTURE:
        case.hold(Reason.DEPARTURE_UNKNOWN, "the test counts at departure: when was it?")
    else:
        _too_old(case, rule, origin, at - start)


def _too_old(case: Case, rule: Window, origin: Origin, seconds: int) -> None:
    """Refuse a test that was ``seconds`` old at the moment that counts."""
    allowed = f"{rule.hours} h" if not rule.calendar else f"{rule.hours // 24} whole days"
    detail = f"{origin.value} {seconds // HOUR} h ago, at most {allowed} are accepted"
    if rule.judge_at is JudgeAt.DEPARTURE:
        detail = f"at departure {detail}"
    case.refuse(Reason.TEST_TOO_OLD, detail, place(CLAIM_OF[origin]))


def series(case: Case, rule: Series) -> None:
    """Note whether enough tests of the holder are shown, far enough apart and young enough.

    The tests are this credential's and those of the companions whose results the rule accepts.
    """
    accepted = frozenset() if case.rule is None else case.rule.outcomes or frozenset()
    shown = [case.claims, *(companion.claims for companion in case.companions())]
    times = sorted(
        (
            moment
            for claims in shown
            if claims.type is case.claims.type
            and getattr(claims.details, "result", None) in accepted
            and (moment := _moment(claims, rule.origin)) is not None
            and case.at - rule.within_hours * HOUR <= moment <= case.at
        ),
        reverse=True,
    )
    chosen: list[int] = []
    for moment in times:
        if not chosen or chosen[-1] - moment >= rule.apart_hours * HOUR:
            chosen.append(moment)
        if len(chosen) == rule.tests:
            case.until(moment + rule.within_hours * HOUR + 1)
            return
    case.hold(
        Reason.TESTS_MISSING,
        f"{len(chosen)} of {rule.tests} tests in {rule.within_hours} h, "
        f"{rule.apart_hours} h apart, are shown",
    )


def vaccination(case: Case, rule: Rule) -> None:
    """Note whether the vaccination counts here, and already or still."""
    details, immunity = case.claims.details, rule.immunity
    if not isinstance(details, Vaccination):
        return
    if immunity is None:
        case.hold(Reason.RULE_MISSING, "no rule for vaccinations")
        return
    for name in _unlisted(details, immunity):
        case.hold(Reason.VACCINE_UNKNOWN, f"{name} is not on the list", place(name))
    if _counts(details, immunity):
        start, end = _immune(details, immunity)
        where = place("given_on")
        if case.at < start:
            case.refuse(Reason.VACCINATION_TOO_NEW, f"counts from {spoken(start)}", where)
        elif end is not None and case.at >= end:
            case.refuse(Reason.VACCINATION_TOO_OLD, f"counted until {spoken(end)}", where)
        else:
            case.until(end)
    elif details.doses is None:
        case.hold(Reason.VACCINATION_UNKNOWN, "how many doses make a course?", place("doses"))
    else:
        detail = f"dose {details.dose} of {details.doses}"
        case.refuse(Reason.VACCINATION_INCOMPLETE, detail, place("dose"))


def immune(details: Vaccination, rule: Immunity, at: int) -> tuple[int, ...] | None:
    """Return the moment (Unix seconds) when a vaccination that counts at ``at`` stops, if ever.

    None for one that does not count then, or of which that cannot be said.
    """
    if _unlisted(details, rule) or not _counts(details, rule):
        return None
    start, end = _immune(details, rule)
    if at < start or (end is not None and at >= end):
        return None
    return () if end is None else (end,)


def _unlisted(details: Vaccination, rule: Immunity) -> list[str]:
    """Return the names of the claims whose value is not on the list of those that count."""
    names = []
    if rule.diseases is not None and details.disease not in rule.diseases:
        names.append("disease")
    if rule.vaccines is not None and details.vaccine not in rule.vaccines:
        names.append("vaccine")
    return names


def _is_booster(details: Vaccination, rule: Immunity) -> bool:
    return rule.booster_from is not None and details.dose >= rule.booster_from


def _counts(details: Vaccination, rule: Immunity) -> bool:
    """Return whether it completes a course, where that is asked for."""
    if not rule.complete or _is_booster(details, rule):
        return True
    return details.doses is not None and details.dose >= (details.doses or 1)


def _immune(details: Vaccination, rule: Immunity) -> tuple[int, int | None]:
    """Return from when until when one that counts does so, the end excluded."""
    delay, days = rule.delay_days, rule.valid_days
    if _is_booster(details, rule):
        delay, days = rule.booster_delay_days, rule.booster_valid_days
    start = begins(details.given_on, delay)
    return start, None if days is None else begins(details.given_on, days + 1)


def recovery(case: Case, rule: Rule) -> None:
    """Note whether the recovery counts here, and already or still."""
    details, recovered = case.claims.details, rule.recovered
    if not isinstance(details, Recovery):
        return
    if recovered is None:
        case.hold(Reason.RULE_MISSING, "no rule for recoveries")
        return
    starts, ends = [0], []
    if details.valid_from is not None:
        starts.append(begins(details.valid_from))
    if details.valid_until is not None:
        ends.append(begins(details.valid_until, 1))
    if details.positive_on is not None:
        starts.append(begins(details.positive_on, recovered.from_days))
        if recovered.until_days is not None:
            ends.append(begins(details.positive_on, recovered.until_days + 1))
    elif recovered.from_days or recovered.until_days is not None:
        case.hold(Reason.TEST_TIME_MISSING, "no positive_on", place("positive_on"))
        return
    start, end = max(starts), min(ends, default=None)
    if case.at < start:
        case.refuse(Reason.RECOVERY_TOO_NEW, f"counts from {spoken(start)}")
    elif end is not None and case.at >= end:
        case.refuse(Reason.RECOVERY_TOO_OLD, f"counted until {spoken(end)}")
    else:
        case.until(end)


def travel(case: Case, rule: Rule) -> None:
    """Note whether the travel record is new enough, and names a place to be avoided."""
    details, journeyed = case.claims.details, rule.journeyed
    if not isinstance(details, Travel):
        return
    if journeyed is None:
        case.hold(Reason.RULE_MISSING, "no rule for travel records")
        return
    if details.as_of > case.at:
        case.hold(Reason.TEST_IN_FUTURE, f"as_of is after {spoken(case.at)}", place("as_of"))
    elif journeyed.hours is not None:
        end = details.as_of + journeyed.hours * HOUR
        if case.at >= end:
            detail = f"as of {spoken(details.as_of)}, at most {journeyed.hours} h are accepted"
            case.hold(Reason.TRAVEL_STALE, detail, place("as_of"))
        else:
            case.until(end)
    for avoided in sorted(journeyed.avoid):
        _avoid(case, details, avoided)


def _avoid(case: Case, details: Travel, avoided: str) -> None:
    where = place("places")
    for visited in details.places or ():
        if within(visited, avoided):
            case.refuse(Reason.PLACE_REFUSED, f"was in {avoided}", where)
            return
        if within(avoided, visited):
            case.hold(Reason.DIVISION_MISSING, f"was in {visited}: perhaps in {avoided}", where)
            return


def _moment(claims: Claims, origin: Origin) -> int | None:
    moment: int | None = getattr(claims.details, CLAIM_OF[origin], None)
    return moment
