"""The ordinary credential, judged at once: its issuer recognised by one line, its type by one rule.

What a policy asks of one issuer and one type is the same for thousands of credentials. It is laid
out once, as a lane: while which time the issuer is recognised, which colours and results pass, from
which claim the hours of a test count, which vaccinations count. A lane passes what
:func:`~trustcert.policy.evaluate.evaluate` would pass part by part. It refuses nothing: what it
does not pass is asked part by part, and a rule that asks for more has no lane.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final, NamedTuple

from trustcert.claims import Claims, Colour, Details, HealthCode, Outcome
from trustcert.claims.profiles import Recovery, Travel, Vaccination
from trustcert.limits import TIME_MAX
from trustcert.policy.circumstances import Circumstances
from trustcert.policy.health import CLAIM_OF, immune
from trustcert.policy.model import Immunity, Policy

_UNUSUAL: Final = (HealthCode, Recovery, Travel)
"""Profiles with rules of their own."""


class Lane(NamedTuple):
    """What one policy asks of one issuer and one profile.

    It holds from ``start`` on, until the first of ``ends``, which is ``end``. ``colours`` is None
    where the profile has no colour, ``outcomes`` where it has no result. ``tested`` names the claim
    from which ``seconds`` count, "" where no test is asked for. ``immunity`` is of vaccinations.
    """

    start: int
    end: int
    ends: tuple[int, ...]
    colours: frozenset[Colour] | None
    outcomes: frozenset[Outcome | None] | None
    tested: str
    seconds: int
    immunity: Immunity | None


def passes(
    policy: Policy, claims: Claims, issuer: str, at: int, known: Circumstances
) -> list[int] | None:
    """Return the moments at which what holds now stops holding, where everything asked holds.

    None where something does not, or where more is asked than a lane can say.
    """
    details: Any = claims.details
    key = issuer, type(details)
    lane = policy.lanes[key] if key in policy.lanes else _laid(policy, *key)
    if (
        lane is None
        or claims.source is not None
        or claims.presentation is not None
        or known.number is not None
        or known.departed_at is not None
    ):
        return None
    start, end, ends, colours, outcomes, tested, seconds, immunity = lane
    if (
        not start <= at < end
        or (colours is not None and details.colour not in colours)
        or (outcomes is not None and details.result not in outcomes)
    ):
        return None
    moments = [*ends]
    if tested:
        moment = getattr(details, tested)
        if moment is None or not moment <= at < moment + seconds:
            return None
        moments.append(moment + seconds)
    if immunity is not None:
        counted = immune(details, immunity, at)
        if counted is None:
            return None
        moments += counted
    return moments


def _laid(policy: Policy, issuer: str, profile: type[Details]) -> Lane | None:
    lane = policy.lanes[issuer, profile] = _lane(policy, issuer, profile)
    return lane


def _lane(policy: Policy, issuer: str, profile: type[Details]) -> Lane | None:
    rule = policy.rules.get(profile.type)
    if profile in _UNUSUAL or policy.vocabularies or policy.foreign:
        return None
    if rule is None or not rule.is_plain or rule.refresh_hours is not None:
        return None
    spans = [(policy.start, policy.end)]
    if policy.recognitions is not None:
        lines = policy.recognitions_of(issuer, profile.type)
        if len(lines) != 1 or not lines[0].is_plain:
            return None
        spans.append((lines[0].start, lines[0].end))
    names = {field.name for field in dataclasses.fields(profile)}
    window = rule.window
    if ("colour" in names and rule.colours is None) or (
        profile is Vaccination and rule.immunity is None
    ):
        return None
    if window is not None and (window.calendar or CLAIM_OF[window.origin] not in names):
        return None
    ends = tuple(end for _, end in spans if end is not None)
    return Lane(
        start=max(start or 0 for start, _ in spans),
        end=min((*ends, TIME_MAX + 1)),
        ends=ends,
        colours=rule.colours if "colour" in names else None,
        outcomes=frozenset({None, *(rule.outcomes or ())}) if "result" in names else None,
        tested="" if window is None else CLAIM_OF[window.origin],
        seconds=0 if window is None else window.ends(0),
        immunity=rule.immunity if profile is Vaccination else None,
    )
