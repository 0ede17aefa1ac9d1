"""Bundles (一件事): one matter of the citizen, several credentials, one answer.

A definition stands in a destination's policy, which is signed in the registry. Evaluated over the
credentials that were handed in, each judged before by a verifier, it says for each part whether
it is there, missing, about to expire, refused, or another holder's. Nothing is complete that is
not wholly there: a part that was held or refused counts as what it is, not as present.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from trustcert.claims import Claims
from trustcert.claims.holders import is_number_of, same_name
from trustcert.encoding.instants import DAY, spoken
from trustcert.errors import MalformedError
from trustcert.policy.model import Bundle, BundlePart
from trustcert.report import Report, Verdict
from trustcert.values import PublicValue, Value

__all__ = [
    "Accepted",
    "BundleReport",
    "BundleState",
    "Handed",
    "PartReport",
    "PartState",
    "Person",
    "evaluate",
]


class PartState(enum.Enum):
    """What became of a part; the order is from good to bad."""

    PRESENT = "present"
    EXPIRING = "expiring"
    MISSING = "missing"
    HELD = "held"
    REFUSED = "refused"
    OTHER_HOLDER = "other_holder"
    OTHER_ADDRESS = "other_address"


class BundleState(enum.Enum):
    """What became of the bundle; EXPIRING is complete too."""

    COMPLETE = "complete"
    EXPIRING = "expiring"
    INCOMPLETE = "incomplete"
    INDETERMINATE = "indeterminate"


class Person(Value, frozen=True, kw_only=True):
    """Somebody on a roster: a name, and the document's number where it is known."""

    name: str
    number: str | None = None


class Handed(PublicValue, frozen=True, kw_only=True):
    """A credential as it was handed in: the verifier's report, and the claims if it was VALID.

    ``ends`` is when the credential itself stops counting here
    (:func:`trustcert.policy.journeys.valid_until`), None for its ``expires``.
    """

    report: Report
    claims: Claims | None = None
    ends: int | None = None


class Accepted(Protocol):
    """What a verifier returns for a VALID credential."""

    @property
    def claims(self) -> Claims:
        """What is asserted."""
        ...

    @property
    def report(self) -> Report:
        """What was found."""
        ...


class PartReport(PublicValue, frozen=True, kw_only=True):
    """What became of one part; ``person`` counts the roster from 1, ``index`` what was handed in.

    ``expires`` is when the part stops counting, Unix seconds.
    """

    name: str
    state: PartState
    person: int | None = None
    index: int | None = None
    expires: int | None = None
    detail: str = ""


class BundleReport(PublicValue, frozen=True, kw_only=True):
    """What became of a bundle; ``valid_until`` is when the first of its credentials ends.

    The age of trust data is not foreseen in it: what was handed in is judged again when it counts.
    """

    state: BundleState
    parts: tuple[PartReport, ...]
    valid_until: int | None = None

    def of(self, *states: PartState) -> tuple[PartReport, ...]:
        """Return the parts in one of these states."""
        return tuple(part for part in self.parts if part.state in states)


class _Matter(PublicValue, frozen=True, kw_only=True):
    """What is common to the parts of one evaluation."""

    bundle: Bundle
    handed: tuple[Handed, ...]
    code: str | None
    address: str | None
    at: int


def evaluate(
    bundle: Bundle,
    handed: Sequence[Handed | Accepted | Report],
    *,
    at: int,
    rosters: Mapping[str, Sequence[Person]] | None = None,
) -> BundleReport:
    """Return what is there, missing, expiring or another's, of ``bundle`` at ``at``.

    ``handed`` are verified credentials, or the reports of those that were not accepted. The
    holder is that of the first part; where several holders' were handed in, the one whose bundle
    comes out best. ``rosters`` name the people of each ``each_of``.

    Raises:
        MalformedError: a part asks for a roster that was not given or is empty; ``where`` is it.
    """
    for part in bundle.parts:
        if part.each_of is not None and not (rosters or {}).get(part.each_of):
            raise MalformedError("names nobody", where=f"rosters.{part.each_of}")
    items = tuple(_handed(item) for item in handed)
    reports = [
        _of_holder(_Matter(bundle=bundle, handed=items, code=code, address=address, at=at), rosters)
        for code, address in _holders(bundle, items)
    ]
    return min(reports, key=_completeness)


def _of_holder(matter: _Matter, rosters: Mapping[str, Sequence[Person]] | None) -> BundleReport:
    parts: list[PartReport] = []
    for part in matter.bundle.parts:
        if part.each_of is None:
            parts.append(_one(matter, part))
        else:
            people = (rosters or {})[part.each_of]
            parts += [_of_person(matter, part, n, who) for n, who in enumerate(people, start=1)]
    return _summed(parts)


def _completeness(report: BundleReport) -> tuple[int, list[int], float]:
    """Order reports: the most complete first, and of those the one that lasts longest."""
    state = list(BundleState).index(report.state)
    until = float("inf") if report.valid_until is None else report.valid_until
    return state, sorted((_ORDER[part.state] for part in report.parts), reverse=True), -until


def _handed(item: Handed | Accepted | Report) -> Handed:
    if isinstance(item, Report):
        return Handed(report=item)
    if isinstance(item, Handed):
        return item
    return Handed(report=item.report, claims=item.claims)


def _holders(bundle: Bundle, items: tuple[Handed, ...]) -> list[tuple[str | None, str | None]]:
    """Return credit code and address of each holder of the first part that was handed in VALID."""
    for part in bundle.parts:
        found = {
            (item.claims.holder.organisation_code, getattr(item.claims.details, "address", None))
            for item in items
            if item.claims is not None and item.claims.type in part.types
        }
        if found:
            return sorted(found, key=str)
    return [(None, None)]


def _one(matter: _Matter, part: BundlePart) -> PartReport:
    found = [
        _judged(matter, part, index, item)
        for index, item in enumerate(matter.handed)
        if _is_of(item, part)
    ]
    return min(found, key=_rank, default=PartReport(name=part.part, state=_absent(part)))


def _absent(part: BundlePart) -> PartState:
    return PartState.PRESENT if part.optional else PartState.MISSING


def _is_of(item: Handed, part: BundlePart) -> bool:
    return item.report.type in {kind.value for kind in part.types}


def _rank(part: PartReport) -> tuple[int, int]:
    """Order reports of one part: the best first, and of good ones that which lasts longest."""
    return _ORDER[part.state], -(part.expires or 1 << 62)


_ORDER: Final = {state: place for place, state in enumerate(PartState)}


def _judged(matter: _Matter, part: BundlePart, index: int, item: Handed) -> PartReport:
    state, detail, expires = _state(matter, part, item)
    return PartReport(name=part.part, state=state, index=index, expires=expires, detail=detail)


def _state(matter: _Matter, part: BundlePart, item: Handed) -> tuple[PartState, str, int | None]:
    report, claims = item.report, item.claims
    if report.verdict is not Verdict.VALID or claims is None:
        reasons = ", ".join(reason.value for reason in report.reasons)
        held = report.verdict is Verdict.INDETERMINATE
        return (PartState.HELD if held else PartState.REFUSED), reasons, None
    if report.valid_until is not None and matter.at >= report.valid_until:
        return PartState.HELD, "judged before; judge it again", None
    if matter.code is None or claims.holder.organisation_code != matter.code:
        return PartState.OTHER_HOLDER, "another credit code than the first part's", None
    if part.same_address and _differs(matter.address, getattr(claims.details, "address", None)):
        return PartState.OTHER_ADDRESS, "another address than the first part's", None
    return _lasting(matter, item)


def _differs(one: str | None, other: str | None) -> bool:
    return one is None or other is None or "".join(one.split()) != "".join(other.split())


def _lasting(matter: _Matter, item: Handed) -> tuple[PartState, str, int | None]:
    expires = item.report.expires if item.ends is None else item.ends
    if expires is not None and expires <= matter.at + matter.bundle.warn_days * DAY:
        return PartState.EXPIRING, f"until {spoken(expires)}", expires
    return PartState.PRESENT, "", expires


def _of_person(matter: _Matter, part: BundlePart, number: int, person: Person) -> PartReport:
    found = [
        _judged(matter, part, index, item)
        for index, item in enumerate(matter.handed)
        if item.claims is not None and _is_of(item, part) and _is_person(item.claims, person)
    ]
    best = min(found, key=_rank, default=PartReport(name=part.part, state=_absent(part)))
    return PartReport(
        name=best.name,
        state=best.state,
        person=number,
        index=best.index,
        expires=best.expires,
        detail=best.detail,
    )


def _is_person(claims: Claims, person: Person) -> bool:
    """Decide whether the credential is this person's: the number decides where it is known."""
    if person.number is not None:
        return is_number_of(claims.holder, person.number) is True
    return same_name(claims.holder, person.name)


def _summed(parts: list[PartReport]) -> BundleReport:
    states = {part.state for part in parts}
    expires = [part.expires for part in parts if part.expires is not None]
    if states <= {PartState.PRESENT, PartState.EXPIRING} and parts:
        state = BundleState.EXPIRING if PartState.EXPIRING in states else BundleState.COMPLETE
    elif states <= {PartState.PRESENT, PartState.EXPIRING, PartState.HELD} and parts:
        state = BundleState.INDETERMINATE
    else:
        state = BundleState.INCOMPLETE
    whole = state in {BundleState.COMPLETE, BundleState.EXPIRING}
    return BundleReport(
        state=state,
        parts=tuple(parts),
        valid_until=min(expires, default=None) if whole else None,
    )
