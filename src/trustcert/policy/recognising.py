"""Recognition: does the destination accept this type from this issuer, now, from this place?

A line that leaves out a division asks where the holder is from. That is the issuer's own division
where a city issued, and the claim ``division``; where neither says it finely enough, the
credential is held: it may be from the part that is left out.
"""

from __future__ import annotations

from functools import lru_cache

from trustcert.encoding.instants import spoken
from trustcert.errors import MalformedError
from trustcert.identifiers import divisions
from trustcert.policy.case import Case
from trustcert.policy.model import Exclusion, Recognition
from trustcert.report import Reason


def judge(case: Case) -> None:
    """Note whether the destination recognises the credential, and until when."""
    policy, claims = case.policy, case.claims
    if policy.recognitions is None:
        return
    source = claims.source
    if source is None:
        lines = policy.recognitions_of(case.issuer, claims.details.type)
    else:
        lines = policy.recognitions_of(source.issuer, claims.type, through=case.issuer)
    current = [line for line in lines if _holds(line, case.at)]
    if not current:
        _unrecognised(case, lines)
        return
    if not any(line.excludes for line in lines):
        accepted = current
        case.until(_ends(lines, (), current))
    else:
        places = _places(case)
        accepted = [line for line in current if _exclusion(line, places, case.at) is None]
        if not accepted:
            _excluded(case, current[0], places)
            return
        case.until(_ends(lines, places, accepted))
    case.beside = min((line.beside for line in accepted), key=len)


def _holds(line: Recognition | Exclusion, at: int) -> bool:
    return (line.start is None or line.start <= at) and (line.end is None or at < line.end)


def _ends(
    lines: tuple[Recognition, ...], places: tuple[str, ...], accepted: list[Recognition]
) -> int | None:
    """Return when recognition ends if lines that overlap or follow at once take over, or None."""
    end = -1
    while accepted:
        ends = [_line_ends(line, places, end) for line in accepted]
        known = [moment for moment in ends if moment is not None]
        if len(known) < len(ends):
            return None
        end = max(known)
        accepted = [
            line
            for line in lines
            if _holds(line, end) and (not line.excludes or _exclusion(line, places, end) is None)
        ]
    return end


def _line_ends(line: Recognition, places: tuple[str, ...], after: int) -> int | None:
    starts = [
        excluded.start
        for excluded in line.excludes
        if excluded.start is not None and excluded.start > after and _touches(excluded, places)
    ]
    return min([*starts, *([] if line.end is None else [line.end])], default=None)


def _exclusion(line: Recognition, places: tuple[str, ...], at: int) -> Exclusion | None:
    for excluded in line.excludes:
        if _holds(excluded, at) and _touches(excluded, places):
            return excluded
    return None


def _touches(excluded: Exclusion, places: tuple[str, ...]) -> bool:
    """Decide whether the holder is, or for all that is known may be, from what is left out."""
    wide, is_open = f"{excluded.division}-", True
    for place in places:
        narrow = f"{place}-"
        if narrow.startswith(wide):
            return True
        is_open = is_open and wide.startswith(narrow)
    return is_open


def within(inner: str, outer: str) -> bool:
    """Decide whether the division ``inner`` (an issuer id) is ``outer`` or lies in it."""
    return f"{inner}-".startswith(f"{outer}-")


def _places(case: Case) -> tuple[str, ...]:
    claims, source = case.claims, case.claims.source
    named = (case.issuer if source is None else source.issuer, claims.holder.division)
    return tuple(place for place in named if place is not None and _is_division(place))


@lru_cache(maxsize=4096)
def _is_division(text: str) -> bool:
    try:
        divisions.parse_id(text)
    except MalformedError:
        return False
    return True


def _excluded(case: Case, line: Recognition, places: tuple[str, ...]) -> None:
    excluded = _exclusion(line, places, case.at)
    if excluded is None:
        return
    until = "" if excluded.end is None else f" before {spoken(excluded.end)}"
    detail = f"{_who(case)} from {excluded.division}{until}"
    if any(within(place, excluded.division) for place in places):
        case.hold(Reason.RECOGNITION_EXCLUDED, detail)
    else:
        detail += ", and the credential does not say where it is from"
        case.hold(Reason.DIVISION_MISSING, detail, "claims.credential.division")


def _unrecognised(case: Case, lines: tuple[Recognition, ...]) -> None:
    at = case.at
    later = [line.start for line in lines if line.start is not None and line.start > at]
    ended = [line.end for line in lines if line.end is not None and line.end <= at]
    ways = () if case.claims.source else _ways(case)
    if later:
        case.hold(Reason.RECOGNITION_NOT_YET, f"{_who(case)} before {spoken(min(later))}")
    elif ended:
        case.hold(Reason.RECOGNITION_ENDED, f"{_who(case)} since {spoken(max(ended))}")
    elif ways:
        detail = f"{_who(case)} itself, only as converted by {', '.join(ways)}"
        case.hold(Reason.RECOGNITION_INDIRECT, detail)
    else:
        case.hold(Reason.NOT_RECOGNISED, _who(case))


def _ways(case: Case) -> tuple[str, ...]:
    return case.policy.intermediaries_of(case.issuer, case.claims.type)


def _who(case: Case) -> str:
    destination, kind, source = case.policy.destination, case.claims.type.value, case.claims.source
    if source is None:
        return f"{destination} does not recognise {kind} of {case.issuer}"
    origin = source.issuer if _is_division(source.issuer) else "its origin"
    return f"{destination} does not recognise {kind} of {origin} as converted by {case.issuer}"
