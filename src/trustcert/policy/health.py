"""Judge vaccinations, recoveries and travel records by the rule of their type.

Days are days in China, which has one time zone. Where a moment is missing the credential is held,
never guessed. Of several vaccinations or recoveries the one that counts longest decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from trustcert.claims.codes import disease_of
from trustcert.claims.lifetimes import begins
from trustcert.claims.types import Recovery, Travel, Vaccination
from trustcert.encoding.instants import HOUR, spoken
from trustcert.policy.evaluation import Evaluation, claim_path, events_of, lists_disease
from trustcert.policy.model import (
    ANYTHING,
    RecoveryRule,
    Rule,
    TravelRule,
    VaccinationRule,
)
from trustcert.policy.recognising import within
from trustcert.report import Reason

__all__ = ["judge"]


def judge(evaluation: Evaluation, rule: Rule) -> None:
    """Note what the rule says of the vaccinations, recoveries or the travel record."""
    details = evaluation.claims.details
    part = _OF_TYPE.get(type(details))
    if part is not None:
        part(evaluation, rule)


def _vaccination(evaluation: Evaluation, rule: Rule) -> None:
    """Note whether one of the vaccinations counts here, and already or still."""
    if rule.vaccination is None:
        evaluation.hold(Reason.RULE_MISSING, "no rule for vaccinations")
        return
    shots = [event for event in events_of(evaluation.claims) if isinstance(event, Vaccination)]
    listed = [shot for shot in shots if not _unlisted(shot, rule.vaccination)]
    numbers = _numbered(shots, rule.vaccination)
    evaluation.any_fact(
        partial(_shot, shot=shot, dose=dose, rule=rule.vaccination)
        for shot, dose in numbers
        if shot in (listed or shots)
    )


def _unlisted(shot: Vaccination, rule: VaccinationRule) -> list[str]:
    """Return the names of the claims whose value is not on the list of those that count."""
    names = []
    if rule.diseases != ANYTHING and not lists_disease(rule.diseases, shot):
        names.append("disease")
    if rule.vaccines != ANYTHING and shot.vaccine not in rule.vaccines:
        names.append("vaccine")
    return names


def _numbered(shots: list[Vaccination], rule: VaccinationRule) -> Iterator[tuple[Vaccination, int]]:
    """Yield each vaccination and which dose against its disease it is, by those on the list.

    Two entries of one day are one dose. An issuer that numbers doses may know of some that are not
    shown; those that are shown and not on the list are not counted.
    """
    for shot in shots:
        before = [x for x in shots if _against(x) == _against(shot) and x.given_on <= shot.given_on]
        counting = {x.given_on for x in before if not _unlisted(x, rule)}
        others = {x.given_on for x in before} - counting
        yield shot, max(len(counting), shot.dose - len(others))


def _against(shot: Vaccination) -> object:
    return disease_of(shot) or (shot.disease, shot.vaccine)


def _shot(evaluation: Evaluation, shot: Vaccination, dose: int, rule: VaccinationRule) -> None:
    """Note whether one vaccination counts, which is dose ``dose``."""
    unlisted = _unlisted(shot, rule)
    for name in unlisted:
        evaluation.hold(Reason.VACCINE_UNKNOWN, f"{name} is not on the list", claim_path(name))
    if unlisted:
        return
    is_booster = rule.booster is not None and dose >= rule.booster.from_dose
    if rule.complete and not is_booster:
        if shot.doses is None:
            detail = "how many doses make a course?"
            evaluation.hold(Reason.VACCINATION_UNKNOWN, detail, claim_path("doses"))
            return
        if dose < shot.doses:
            detail = f"dose {dose} of {shot.doses}"
            evaluation.refuse(Reason.VACCINATION_INCOMPLETE, detail, claim_path("dose"))
            return
    days = rule.booster if is_booster and rule.booster is not None else rule
    start = begins(shot.given_on, days.delay_days)
    end = None if days.valid_days is None else begins(shot.given_on, days.valid_days + 1)
    where = claim_path("given_on")
    if evaluation.at < start:
        evaluation.refuse(Reason.VACCINATION_TOO_NEW, f"counts from {spoken(start)}", where)
    elif end is not None and evaluation.at >= end:
        evaluation.refuse(Reason.VACCINATION_TOO_OLD, f"counted until {spoken(end)}", where)
    else:
        evaluation.until(end)


def _recovery(evaluation: Evaluation, rule: Rule) -> None:
    """Note whether one of the recoveries counts here, and already or still."""
    if rule.recovery is None:
        evaluation.hold(Reason.RULE_MISSING, "no rule for recoveries")
        return
    recoveries = [event for event in events_of(evaluation.claims) if isinstance(event, Recovery)]
    listed = [entry for entry in recoveries if _is_listed(entry, rule.recovery)]
    evaluation.any_fact(
        partial(_recovered, recovery=entry, rule=rule.recovery) for entry in listed or recoveries
    )


def _is_listed(recovery: Recovery, rule: RecoveryRule) -> bool:
    return rule.diseases is None or lists_disease(rule.diseases, recovery)


def _recovered(evaluation: Evaluation, recovery: Recovery, rule: RecoveryRule) -> None:
    if not _is_listed(recovery, rule):
        detail = f"{recovery.disease} is not on the list"
        evaluation.hold(Reason.DISEASE_UNKNOWN, detail, claim_path("disease"))
        return
    starts, ends = [0], []
    if recovery.valid_from is not None:
        starts.append(begins(recovery.valid_from))
    if recovery.valid_until is not None:
        ends.append(begins(recovery.valid_until, 1))
    if recovery.positive_on is not None:
        starts.append(begins(recovery.positive_on, rule.from_days))
        if rule.until_days is not None:
            ends.append(begins(recovery.positive_on, rule.until_days + 1))
    elif rule.from_days or rule.until_days is not None:
        evaluation.hold(Reason.TEST_TIME_MISSING, "no positive_on", claim_path("positive_on"))
        return
    start, end = max(starts), min(ends, default=None)
    if evaluation.at < start:
        evaluation.refuse(Reason.RECOVERY_TOO_NEW, f"counts from {spoken(start)}")
    elif end is not None and evaluation.at >= end:
        evaluation.refuse(Reason.RECOVERY_TOO_OLD, f"counted until {spoken(end)}")
    else:
        evaluation.until(end)


def _travel(evaluation: Evaluation, rule: Rule) -> None:
    """Note whether the travel record is new enough, and names a place to be avoided."""
    details = evaluation.claims.details
    if not isinstance(details, Travel):
        return
    if rule.travel is None:
        evaluation.hold(Reason.RULE_MISSING, "no rule for travel records")
        return
    at, where = evaluation.at, claim_path("as_of")
    if details.as_of > at:
        evaluation.hold(Reason.TEST_IN_FUTURE, f"as_of is after {spoken(at)}", where)
    elif rule.travel.hours is not None:
        end = details.as_of + rule.travel.hours * HOUR
        if at >= end:
            detail = f"as of {spoken(details.as_of)}, at most {rule.travel.hours} h are accepted"
            evaluation.hold(Reason.TRAVEL_STALE, detail, where)
        else:
            evaluation.until(end)
    _places(evaluation, details, rule.travel)


def _places(evaluation: Evaluation, details: Travel, rule: TravelRule) -> None:
    """Note every place to be avoided that was visited, or that may have been."""
    for avoided in sorted(rule.avoid):
        places = sorted(details.places or ())
        perhaps = [visited for visited in places if within(avoided, visited)]
        if any(within(visited, avoided) for visited in places):
            evaluation.refuse(Reason.PLACE_REFUSED, f"was in {avoided}", claim_path("places"))
        elif perhaps:
            detail = f"was in {perhaps[0]}: perhaps in {avoided}"
            evaluation.hold(Reason.DIVISION_MISSING, detail, claim_path("places"))


_OF_TYPE: Final[dict[type, Callable[[Evaluation, Rule], None]]] = {
    Vaccination: _vaccination,
    Recovery: _recovery,
    Travel: _travel,
}
