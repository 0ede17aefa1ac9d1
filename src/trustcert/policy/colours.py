"""Colours: whose they are, what they mean here, whether they still stand, and which of many counts.

A colour says who assigned it; one from an authority without jurisdiction over the person does not
count, whatever it is. A colour past ``assigned_until``, or older than the rule's refresh, is GREY.
GREY and NONE are unknown: they hold, they are never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from trustcert.claims import Claims, Colour, HealthCode, Presentation
from trustcert.claims.types import Travel
from trustcert.encoding.instants import spoken
from trustcert.policy.case import Case, place
from trustcert.policy.model import HOUR, Combination, Jurisdiction, Paper, Policy, Rule
from trustcert.policy.recognising import within
from trustcert.report import Reason
from trustcert.values import PublicValue

NATIONAL: Final = "CN-00"
_UNKNOWN: Final = frozenset({Colour.GREY, Colour.NONE})
_GRAVITY: Final = {
    Colour.GREEN: 0,
    Colour.NONE: 1,
    Colour.GREY: 2,
    Colour.YELLOW: 3,
    Colour.ORANGE: 4,
    Colour.RED: 5,
}
_COLOUR: Final = place("colour")


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


def judge(case: Case, colour: Colour) -> None:
    """Note what the rule says of ``colour``, the credential's own, or of all that were shown."""
    rule = case.rule
    if rule is None:
        return
    if rule.colours is None:
        case.hold(Reason.RULE_MISSING, "no rule for colours", _COLOUR)
        return
    if is_bare(case, rule):  # most are: nothing but a common colour
        if colour not in rule.colours:
            _refuse(case, colour, "")
        return
    if colour is Colour.NONE and _is_accepted_on_paper(case):
        return
    others = _others(case) if case.circumstances.companions else []
    seen: _Seen | None = _see(case)
    detail = ""
    if others:
        home = case.claims.holder.division or case.issuer
        combined = combine(case.policy, [source_of(case), *others], home=home)
        detail = f" ({_listed(combined)})"
        seen = None if combined.decisive is None else _seen_of(combined.decisive)
    if seen is None:
        case.hold(Reason.COLOUR_UNKNOWN, f"no colour counts{detail}", _COLOUR)
    elif seen.objection is not None:
        case.hold(seen.objection, seen.detail + detail, _COLOUR)
    else:
        case.until(seen.until)
        if seen.colour not in rule.colours:
            _refuse(case, seen.colour, detail)


def is_bare(case: Case, rule: Rule) -> bool:
    """Decide whether nothing but the colour itself is to be looked at."""
    return (
        type(case.claims.details) is not HealthCode
        and rule.refresh_hours is None
        and not case.policy.vocabularies
        and case.claims.presentation is None
    )


class _Seen(NamedTuple):
    """A colour as the policy sees it, why it is not taken at its word, and its end."""

    colour: Colour
    objection: Reason | None
    detail: str
    until: int | None


def source_of(case: Case) -> ColourSource:
    """Return the colour of the case's credential with its provenance, as the policy sees it."""
    seen, claims = _see(case), case.claims
    code = claims.details if isinstance(claims.details, HealthCode) else None
    return ColourSource(
        issuer=case.issuer,
        colour=seen.colour,
        issued_at=claims.issued_at,
        assigned_by=None if code is None else code.assigned_by,
        rule=None if code is None else code.rule,
        until=seen.until,
        appeal=None if code is None else code.appeal,
        objection=seen.objection,
        detail=seen.detail,
    )


def _seen_of(source: ColourSource) -> _Seen:
    return _Seen(source.colour, source.objection, source.detail, source.until)


def _see(case: Case) -> _Seen:
    claims, details = case.claims, case.claims.details
    code = details if isinstance(details, HealthCode) else None
    colour, objection, detail = _meaning(
        case, _colour_of(claims), None if code is None else code.label
    )
    until = None if code is None else code.assigned_until
    if case.rule is not None and case.rule.refresh_hours is not None:
        refreshed = claims.issued_at + case.rule.refresh_hours * HOUR
        until = refreshed if until is None else min(until, refreshed)
    if until is not None and case.at >= until and objection is None:
        colour, objection = Colour.GREY, Reason.COLOUR_STALE
        detail = f"the colour of {case.issuer} stood until {spoken(until)}"
    if code is not None and code.assigned_by and not _has_jurisdiction(case, code.assigned_by):
        objection = Reason.COLOUR_CONTESTED
        detail = f"assigned by {code.assigned_by}, which has no jurisdiction here"
        detail += f"; appeal: {code.appeal}" if code.appeal else ""
    return _Seen(colour, objection, detail, until)


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
    how = policy.combination if how is None else how
    if how is Combination.HOME_ONLY:
        counting = _of(counting, home)
    elif how is Combination.DESTINATION_FIRST:
        counting = _of(counting, policy.destination) or counting
    key = _newest if how is Combination.NEWEST else _gravest
    decisive = max(counting, key=key, default=None)
    colour = Colour.NONE if decisive is None else decisive.colour
    return Combined(colour=colour, decisive=decisive, sources=tuple(sources))


def _refuse(case: Case, colour: Colour, detail: str) -> None:
    if colour in _UNKNOWN:
        case.hold(Reason.COLOUR_UNKNOWN, f"colour {colour.value}{detail}", _COLOUR)
    else:
        case.refuse(Reason.COLOUR_REFUSED, f"colour {colour.value}{detail}", _COLOUR)


def _is_accepted_on_paper(case: Case) -> bool:
    on_paper = case.claims.presentation is Presentation.PAPER
    return on_paper and case.rule is not None and case.rule.paper is Paper.ACCEPT


def _colour_of(claims: Claims) -> Colour:
    colour: Colour = getattr(claims.details, "colour", Colour.NONE)
    return colour


def _others(case: Case) -> list[ColourSource]:
    """Return the colours that other regions gave the same holder, shown beside."""
    found = []
    for companion in case.companions():
        claims = companion.claims
        if isinstance(claims.details, HealthCode):
            other = Case(case.policy, claims, companion.issuer, case.at, case.circumstances)
            found.append(source_of(other))
    return found


def _listed(combined: Combined) -> str:
    parts = []
    for source in combined.sources:
        why = "" if source.objection is None else f", {source.objection.value}"
        parts.append(f"{source.issuer} {source.colour.value}{why}")
    return "; ".join(parts)


def _meaning(case: Case, colour: Colour, label: str | None) -> tuple[Colour, Reason | None, str]:
    """Return what the issuer's word means, by its vocabulary in the policy."""
    vocabulary = case.policy.vocabularies.get(case.issuer)
    if vocabulary is None and label is None:
        return colour, None, ""
    word = label or colour.value
    meant = None if vocabulary is None else vocabulary.get(word)
    if meant is None:
        detail = f"{case.issuer} has no state {word} that is known here"
        return Colour.NONE, Reason.COLOUR_UNKNOWN, detail
    if colour in {meant, Colour.NONE}:
        return meant, None, ""
    return max(meant, colour, key=_GRAVITY.__getitem__), None, ""


def _has_jurisdiction(case: Case, authority: str) -> bool:
    return any(_BASES[basis](case, authority) for basis in case.policy.jurisdictions)


def _by_issuer(case: Case, authority: str) -> bool:
    return within(authority, case.issuer) or within(case.issuer, authority)


def _by_nation(_case: Case, authority: str) -> bool:
    return authority == NATIONAL


def _by_destination(case: Case, authority: str) -> bool:
    destination = case.policy.destination
    return destination is not None and (
        within(authority, destination) or within(destination, authority)
    )


def _by_visit(case: Case, authority: str) -> bool:
    visited: set[str] = set()
    for companion in case.companions():
        details = companion.claims.details
        if isinstance(details, Travel):
            visited.update(details.places or ())
    return any(within(stay, authority) or within(authority, stay) for stay in visited)


_BASES: Final[dict[Jurisdiction, Callable[[Case, str], bool]]] = {
    Jurisdiction.ISSUER: _by_issuer,
    Jurisdiction.NATIONAL: _by_nation,
    Jurisdiction.DESTINATION: _by_destination,
    Jurisdiction.VISITED: _by_visit,
}


def _gravest(source: ColourSource) -> tuple[int, int]:
    return _GRAVITY[source.colour], source.issued_at


def _newest(source: ColourSource) -> tuple[int, int]:
    return source.issued_at, _GRAVITY[source.colour]


def _of(sources: list[ColourSource], region: str | None) -> list[ColourSource]:
    if region is None:
        return []
    return [s for s in sources if within(s.issuer, region) or within(region, s.issuer)]
