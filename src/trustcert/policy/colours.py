"""Judge health code colours: jurisdiction, meaning, age, and which of several decides.

A colour says who assigned it; one from an authority without jurisdiction over the person does not
count, whatever it is. A colour past ``assigned_until``, or older than the rule's refresh, is GREY.
GREY and NONE are unknown: they hold, they are never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from trustcert.claims import Colour, HealthCode, Presentation
from trustcert.claims.types import Travel
from trustcert.encoding.instants import HOUR, spoken
from trustcert.policy.circumstances import NOTHING
from trustcert.policy.evaluation import Evaluation, claim_path
from trustcert.policy.model import Combination, Jurisdiction, Paper, Policy, Rule
from trustcert.policy.recognising import within
from trustcert.report import Reason
from trustcert.values import PublicValue

__all__ = ["ColourSource", "Combined", "combine", "judge", "source_of"]

_NATIONAL: Final = "CN-00"
_UNKNOWN: Final = frozenset({Colour.GREY, Colour.NONE})
_GRAVITY: Final = {
    Colour.GREEN: 0,
    Colour.NONE: 1,
    Colour.GREY: 2,
    Colour.YELLOW: 3,
    Colour.ORANGE: 4,
    Colour.RED: 5,
}
_COLOUR: Final = claim_path("colour")
_OF_COLOUR: Final = frozenset(
    {
        Reason.COLOUR_REFUSED,
        Reason.COLOUR_UNKNOWN,
        Reason.COLOUR_STALE,
        Reason.COLOUR_CONTESTED,
    }
)
"""What may be said against a code that is still counted among several colours."""


class ColourSource(PublicValue, frozen=True, kw_only=True):
    """One region's colour, with its provenance: who says so, by which rule, and if it counts.

    ``colour`` is what it means by the policy's vocabulary: GREY where it no longer stands, NONE
    where the word is unknown. ``objection`` is why it is not taken at its word, None where it is;
    only a contested colour does not count at all. Times are Unix seconds.
    """

    issuer: str
    colour: Colour
    issued_at: int
    assigned_by: str | None = None
    rule: str | None = None
    until: int | None = None
    appeal: str | None = None
    objection: Reason | None = None
    detail: str = ""

    @property
    def counts(self) -> bool:
        """Whether the colour counts beside others."""
        return self.objection is not Reason.COLOUR_CONTESTED


class Combined(PublicValue, frozen=True, kw_only=True):
    """What several regions' colours come to: the colour, who decided it, and every source."""

    colour: Colour
    decisive: ColourSource | None
    sources: tuple[ColourSource, ...]


def judge(evaluation: Evaluation, rule: Rule) -> None:
    """Note what the rule says of the credential's own colour, or of all that were shown."""
    colour: Colour | None = getattr(evaluation.claims.details, "colour", None)
    if colour is None:
        return
    if rule.colours is None:
        evaluation.hold(Reason.RULE_MISSING, "no rule for colours", _COLOUR)
        return
    if colour is Colour.NONE and _is_accepted_on_paper(evaluation):
        return
    decisive: ColourSource | None = source_of(evaluation)
    others, detail = _others(evaluation), ""
    if others:
        home = evaluation.claims.holder.division or evaluation.issuer
        combined = combine(evaluation.policy, [source_of(evaluation), *others], home=home)
        decisive, detail = combined.decisive, f" ({_listed(combined)})"
        ends = [source.until for source in combined.sources if source.counts and source.until]
        evaluation.until(min((end for end in ends if end > evaluation.at), default=None))
    if decisive is None:
        evaluation.hold(Reason.COLOUR_UNKNOWN, f"no colour counts{detail}", _COLOUR)
    elif decisive.objection is not None:
        evaluation.hold(decisive.objection, decisive.detail + detail, _COLOUR)
    elif decisive.colour in rule.colours:
        evaluation.until(decisive.until)
    elif decisive.colour in _UNKNOWN:
        detail = f"colour {decisive.colour.value}{detail}"
        evaluation.hold(Reason.COLOUR_UNKNOWN, detail, _COLOUR)
    else:
        detail = f"colour {decisive.colour.value}{detail}"
        evaluation.refuse(Reason.COLOUR_REFUSED, detail, _COLOUR)


def source_of(evaluation: Evaluation) -> ColourSource:
    """Return the credential's colour as the policy sees it, with its provenance."""
    claims = evaluation.claims
    code = claims.details if isinstance(claims.details, HealthCode) else None
    stated: Colour = getattr(claims.details, "colour", Colour.NONE)
    colour, objection, detail = _meaning(evaluation, stated, None if code is None else code.label)
    until = None if code is None else code.assigned_until
    if evaluation.rule is not None and evaluation.rule.refresh_hours is not None:
        refreshed = claims.issued_at + evaluation.rule.refresh_hours * HOUR
        until = refreshed if until is None else min(until, refreshed)
    if until is not None and evaluation.at >= until and objection is None:
        colour, objection = Colour.GREY, Reason.COLOUR_STALE
        detail = f"the colour of {evaluation.issuer} stood until {spoken(until)}"
    authority = None if code is None else code.assigned_by
    if authority and not _has_jurisdiction(evaluation, authority):
        objection = Reason.COLOUR_CONTESTED
        detail = f"assigned by {authority}, which has no jurisdiction here"
        detail += f"; appeal: {code.appeal}" if code is not None and code.appeal else ""
    return ColourSource(
        issuer=evaluation.issuer,
        colour=colour,
        issued_at=claims.issued_at,
        assigned_by=authority,
        rule=None if code is None else code.rule,
        until=until,
        appeal=None if code is None else code.appeal,
        objection=objection,
        detail=detail,
    )


def combine(
    policy: Policy,
    sources: Sequence[ColourSource],
    *,
    home: str | None = None,
    how: Combination | None = None,
) -> Combined:
    """Return which of several regions' colours decides, by the policy's rule or by ``how``.

    ``home`` is the holder's own region. A contested source is listed and decides nothing. Where
    none is left, or none is of the home that HOME_ONLY asks for, the colour is NONE.
    """
    counting = [source for source in sources if source.counts]
    how = policy.colours.combine if how is None else how
    if how is Combination.HOME_ONLY:
        counting = _of(counting, home)
    elif how is Combination.DESTINATION_FIRST:
        counting = _of(counting, policy.destination) or counting
    key = _newest if how is Combination.NEWEST else _gravest
    decisive = max(counting, key=key, default=None)
    colour = Colour.NONE if decisive is None else decisive.colour
    return Combined(colour=colour, decisive=decisive, sources=tuple(sources))


def _is_accepted_on_paper(evaluation: Evaluation) -> bool:
    on_paper = evaluation.claims.presentation is Presentation.PAPER
    return on_paper and evaluation.rule is not None and evaluation.rule.paper is Paper.ACCEPT


def _others(evaluation: Evaluation) -> list[ColourSource]:
    """Return the colours that other regions gave the same holder, shown beside.

    Each code passes its whole rule but for the colour, which is what is looked at here.
    """
    found = []
    for shown in evaluation.shown:
        if isinstance(shown.claims.details, HealthCode) and shown.reasons <= _OF_COLOUR:
            other = Evaluation(
                evaluation.policy, shown.claims, shown.issuer, evaluation.at, NOTHING
            )
            other.shown = evaluation.shown
            source = source_of(other)
            ends = [end for end in (source.until, shown.until) if end is not None]
            found.append(replace(source, until=min(ends, default=None)))
    return found


def _listed(combined: Combined) -> str:
    parts = []
    for source in combined.sources:
        why = "" if source.objection is None else f", {source.objection.value}"
        parts.append(f"{source.issuer} {source.colour.value}{why}")
    return "; ".join(parts)


def _meaning(
    evaluation: Evaluation, colour: Colour, label: str | None
) -> tuple[Colour, Reason | None, str]:
    """Return what the issuer's word means, by its vocabulary in the policy."""
    vocabulary = evaluation.policy.vocabularies.get(evaluation.issuer)
    if vocabulary is None and label is None:
        return colour, None, ""
    word = label or colour.value
    meant = None if vocabulary is None else vocabulary.get(word)
    if meant is None:
        detail = f"{evaluation.issuer} has no state {word} that is known here"
        return Colour.NONE, Reason.COLOUR_UNKNOWN, detail
    if colour in {meant, Colour.NONE}:
        return meant, None, ""
    return max(meant, colour, key=_GRAVITY.__getitem__), None, ""


def _has_jurisdiction(evaluation: Evaluation, authority: str) -> bool:
    return any(
        _BASES[basis](evaluation, authority) for basis in evaluation.policy.colours.jurisdiction
    )


def _by_issuer(evaluation: Evaluation, authority: str) -> bool:
    return within(authority, evaluation.issuer) or within(evaluation.issuer, authority)


def _by_nation(_evaluation: Evaluation, authority: str) -> bool:
    return authority == _NATIONAL


def _by_destination(evaluation: Evaluation, authority: str) -> bool:
    destination = evaluation.policy.destination
    return destination is not None and (
        within(authority, destination) or within(destination, authority)
    )


def _by_visit(evaluation: Evaluation, authority: str) -> bool:
    visited: set[str] = set()
    for shown in evaluation.shown:
        details = shown.claims.details
        if isinstance(details, Travel) and not shown.reasons:
            visited.update(details.places or ())
    return any(within(stay, authority) or within(authority, stay) for stay in visited)


_BASES: Final[dict[Jurisdiction, Callable[[Evaluation, str], bool]]] = {
    Jurisdiction.ISSUER: _by_issuer,
    Jurisdiction.NATIONAL: _by_nation,
    Jurisdiction.DESTINATION: _by_destination,
    Jurisdiction.VISITED: _by_visit,
}


def _gravest(source: ColourSource) -> tuple[int, int, str]:
    return _GRAVITY[source.colour], source.issued_at, source.issuer


def _newest(source: ColourSource) -> tuple[int, int, str]:
    return source.issued_at, _GRAVITY[source.colour], source.issuer


def _of(sources: list[ColourSource], region: str | None) -> list[ColourSource]:
    if region is None:
        return []
    return [s for s in sources if within(s.issuer, region) or within(region, s.issuer)]
