"""Judge whether the destination recognises this type of this issuer, at this time and place.

A line that leaves out a division asks where the holder is from. That is the issuer's own division
where a city issued, and the claim ``division``; where neither says it finely enough, the
credential is held: it may be from the part that is left out.
"""

from __future__ import annotations

from trustcert.encoding.instants import spoken
from trustcert.errors import MalformedError
from trustcert.identifiers import divisions
from trustcert.policy.evaluation import Evaluation, claim_path
from trustcert.policy.model import Exclusion, Recognition, holds_at
from trustcert.report import Reason

__all__ = ["judge", "within"]


def judge(evaluation: Evaluation) -> None:
    """Note whether the destination recognises the credential, and until when."""
    policy, claims = evaluation.policy, evaluation.claims
    if policy.recognises is None:
        return
    source = claims.source
    if source is None:
        lines = policy.recognitions_of(evaluation.issuer, claims.details.type)
    else:
        # A converted credential: the line must name the original's issuer and who converted it.
        lines = policy.recognitions_of(source.issuer, claims.type, through=evaluation.issuer)
    current = [line for line in lines if holds_at(line, evaluation.at)]
    if not current:
        _unrecognised(evaluation, lines)
        return
    # Divisions are parsed only where a line leaves one out.
    if not any(line.excludes for line in lines):
        accepted = current
        evaluation.until(_ends(lines, (), current))
    else:
        homes = _holder_divisions(evaluation)
        accepted = [line for line in current if not _exclusions(line, homes, evaluation.at)]
        if not accepted:
            _excluded(evaluation, current, homes)
            return
        evaluation.until(_ends(lines, homes, accepted))
    # Each line may ask for other proofs beside; the caller accepts if one line's are shown.
    evaluation.beside = tuple(line.beside for line in accepted)


def _ends(
    lines: tuple[Recognition, ...], homes: tuple[str, ...], accepted: list[Recognition]
) -> int | None:
    """Return when recognition ends if lines that overlap or follow at once take over, or None."""
    # Follow the lines from end to end: a line that begins no later than the last one ends goes on.
    # ``end`` grows in each round, since a line that holds at a moment ends after it.
    end = -1
    while accepted:
        ends = [_line_ends(line, homes, end) for line in accepted]
        known = [moment for moment in ends if moment is not None]
        if len(known) < len(ends):
            return None
        end = max(known)
        accepted = [
            line for line in lines if holds_at(line, end) and not _exclusions(line, homes, end)
        ]
    return end


def _line_ends(line: Recognition, homes: tuple[str, ...], after: int) -> int | None:
    starts = [
        excluded.valid_from
        for excluded in line.excludes
        if excluded.valid_from is not None
        and excluded.valid_from > after
        and _touches(excluded, homes)
    ]
    return min([*starts, *([] if line.valid_until is None else [line.valid_until])], default=None)


def _exclusions(line: Recognition, homes: tuple[str, ...], at: int) -> list[Exclusion]:
    """Return what the line leaves out at ``at`` and the holder is, or may be, from."""
    return [x for x in line.excludes if holds_at(x, at) and _touches(x, homes)]


def _touches(excluded: Exclusion, homes: tuple[str, ...]) -> bool:
    """Decide whether the holder is, or for all that is known may be, from what is left out."""
    # The holder is from the division if one of ``homes`` lies in it, and may be from it if all lie
    # above it or none is known. The hyphen makes a prefix end where a level of the id ends.
    wide, is_open = f"{excluded.division}-", True
    for division in homes:
        narrow = f"{division}-"
        if narrow.startswith(wide):
            return True
        is_open = is_open and wide.startswith(narrow)
    return is_open


def within(inner: str, outer: str) -> bool:
    """Decide whether the division ``inner`` (an issuer id) is ``outer`` or lies in it."""
    return f"{inner}-".startswith(f"{outer}-")


def _holder_divisions(evaluation: Evaluation) -> tuple[str, ...]:
    claims, source = evaluation.claims, evaluation.claims.source
    named = (evaluation.issuer if source is None else source.issuer, claims.holder.division)
    return tuple(x for x in named if x is not None and _is_division(x))


def _is_division(text: str) -> bool:
    try:
        divisions.parse_id(text)
    except MalformedError:
        return False
    return True


def _excluded(evaluation: Evaluation, lines: list[Recognition], homes: tuple[str, ...]) -> None:
    """Note what leaves the holder out; a division that the holder surely is from goes first."""
    found = [x for line in lines for x in _exclusions(line, homes, evaluation.at)]
    sure = [x for x in found if any(within(division, x.division) for division in homes)]
    # A fixed order: the same credential always gets the same detail.
    excluded = min(sure or found, key=lambda x: (x.division, x.valid_until or 0))
    until = excluded.valid_until
    before = "" if until is None else f" before {spoken(until)}"
    detail = f"{_who(evaluation)} from {excluded.division}{before}"
    if sure:
        evaluation.hold(Reason.RECOGNITION_EXCLUDED, detail)
    else:
        detail += ", and the credential does not say where it is from"
        evaluation.hold(Reason.DIVISION_MISSING, detail, claim_path("division"))


def _unrecognised(evaluation: Evaluation, lines: tuple[Recognition, ...]) -> None:
    at = evaluation.at
    later = [x.valid_from for x in lines if x.valid_from is not None and x.valid_from > at]
    ended = [x.valid_until for x in lines if x.valid_until is not None and x.valid_until <= at]
    ways = () if evaluation.claims.source else _ways(evaluation)
    if later:
        evaluation.hold(
            Reason.RECOGNITION_NOT_YET, f"{_who(evaluation)} before {spoken(min(later))}"
        )
    elif ended:
        evaluation.hold(Reason.RECOGNITION_ENDED, f"{_who(evaluation)} since {spoken(max(ended))}")
    elif ways:
        detail = f"{_who(evaluation)} itself, only as converted by {', '.join(ways)}"
        evaluation.hold(Reason.RECOGNITION_INDIRECT, detail)
    else:
        evaluation.hold(Reason.NOT_RECOGNISED, _who(evaluation))


def _ways(evaluation: Evaluation) -> tuple[str, ...]:
    return evaluation.policy.intermediaries_of(evaluation.issuer, evaluation.claims.type)


def _who(evaluation: Evaluation) -> str:
    destination, kind, source = (
        evaluation.policy.destination,
        evaluation.claims.type.value,
        evaluation.claims.source,
    )
    if source is None:
        return f"{destination} does not recognise {kind} of {evaluation.issuer}"
    origin = source.issuer if _is_division(source.issuer) else "its origin"
    return (
        f"{destination} does not recognise {kind} of {origin} as converted by {evaluation.issuer}"
    )
