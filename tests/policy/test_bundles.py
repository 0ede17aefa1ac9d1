"""Bundles: the best of several credentials for a part, in whatever order they are handed in."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace
from tests.scenarios.country import DAY, listed, signed, trust, verifier
from tests.scenarios.test_s17 import (
    ALL_STAFF,
    FIRM,
    NOW,
    OTHER_CODE,
    RULES,
    STAFF,
    food,
    licence,
    staff,
)

from trustcert.claims import Claims, FoodPermit, Presentation
from trustcert.errors import MalformedError, VerificationError
from trustcert.policy import bundles
from trustcert.policy.bundles import BundleReport, BundleState, Handed, PartState, Person
from trustcert.report import Reason

BUNDLE = RULES.bundles["small_restaurant"]
JUDGE = verifier(RULES, trust("CN-31", lists=[listed("CN-31", NOW - 60)]))
OTHER_FIRM = replace(FIRM, organisation_code=OTHER_CODE)


def handed(claims: Claims) -> Handed:
    try:
        credential = JUDGE.verify(signed(claims), at=NOW)
    except VerificationError as error:
        return Handed(report=error.report)
    return Handed(report=credential.report, claims=credential.claims)


def said(*claims: Claims) -> BundleReport:
    """Return the report, which but for the indices is the same in every order."""
    items = [handed(entry) for entry in claims]
    found = []
    for order in permutations(items, len(items)) if len(items) < 5 else (items, items[::-1]):
        report = bundles.evaluate(BUNDLE, order, at=NOW, rosters={"staff": STAFF})
        parts = tuple(replace(part, index=None) for part in report.parts)
        found.append(replace(report, parts=parts))
    assert all(report == found[0] for report in found)
    return found[0]


def part_of(report: BundleReport, name: str) -> tuple[PartState, int | None]:
    part = next(part for part in report.parts if part.name == name)
    return part.state, part.expires


EXPIRED = food(expires=NOW)
EXPIRING, EXPIRING_LATER = food(expires=NOW + 5 * DAY), food(expires=NOW + 14 * DAY)
PRESENT, LATER, ENDLESS = (
    food(expires=NOW + 14 * DAY + 1), food(expires=NOW + 99 * DAY), food(expires=None),
)  # fmt: skip
ELSEWHERE = food(details=FoodPermit(title="许可证", number="JY2", address="别处"))
ANOTHER = food(holder=OTHER_FIRM)


@pytest.mark.parametrize(
    ("permits", "state", "expires"),
    [
        ([], PartState.MISSING, None),
        ([EXPIRED], PartState.REFUSED, None),
        ([EXPIRED, EXPIRING], PartState.EXPIRING, NOW + 5 * DAY),
        ([EXPIRING, EXPIRING_LATER], PartState.EXPIRING, NOW + 14 * DAY),
        ([EXPIRING, PRESENT], PartState.PRESENT, NOW + 14 * DAY + 1),
        ([PRESENT, LATER], PartState.PRESENT, NOW + 99 * DAY),
        ([LATER, ENDLESS], PartState.PRESENT, None),
        ([ANOTHER], PartState.OTHER_HOLDER, None),
        ([ELSEWHERE], PartState.OTHER_ADDRESS, None),
        ([ANOTHER, ELSEWHERE], PartState.OTHER_HOLDER, None),
        ([EXPIRED, ANOTHER], PartState.REFUSED, None),
        ([ANOTHER, LATER], PartState.PRESENT, NOW + 99 * DAY),
    ],
)
def test_the_best_of_several_counts(
    permits: list[Claims], state: PartState, expires: int | None
) -> None:
    assert part_of(said(licence(), *permits), "food") == (state, expires)


def test_the_holder_whose_bundle_is_the_most_complete_counts() -> None:
    other = licence(holder=OTHER_FIRM)
    assert part_of(said(licence(), other, PRESENT), "food")[0] is PartState.PRESENT
    assert part_of(said(other, ANOTHER), "food")[0] is PartState.PRESENT
    whole = said(licence(), other, LATER, *ALL_STAFF)
    assert (whole.state, whole.valid_until) == (BundleState.COMPLETE, NOW + 99 * DAY)


def test_the_first_end_of_its_parts_ends_the_bundle() -> None:
    soon = [staff(STAFF[0].name, NOW + 3 * DAY), *ALL_STAFF[1:]]
    found = said(licence(), LATER, *soon)
    assert (found.state, found.valid_until) == (BundleState.EXPIRING, NOW + 3 * DAY)
    assert said(licence(), *soon).valid_until is None


def test_a_part_that_is_held_leaves_the_bundle_open() -> None:
    live = handed(food(presentation=Presentation.LIVE))
    items = [handed(entry) for entry in (licence(), *ALL_STAFF)]
    found = bundles.evaluate(BUNDLE, [*items, live], at=NOW, rosters={"staff": STAFF})
    assert found.state is BundleState.INDETERMINATE
    assert part_of(found, "food")[0] is PartState.HELD
    assert live.report.reasons == (Reason.PRESENTATION_NEEDED,)


@pytest.mark.parametrize("rosters", [None, {}, {"staff": []}, {"other": [Person(name="王一")]}])
def test_a_roster_must_name_somebody(rosters: dict[str, list[Person]] | None) -> None:
    with pytest.raises(MalformedError) as caught:
        bundles.evaluate(BUNDLE, [], at=NOW, rosters=rosters)
    assert caught.value.where == "rosters.staff"
