"""S17: opening a small restaurant: one matter, several credentials, one answer."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs
from tests.scenarios.country import (
    DAY,
    about,
    everyone,
    listed,
    person,
    policy,
    signed,
    t,
    trust,
    verifier,
)

from trustcert.claims import (
    BusinessLicence,
    Claims,
    FoodPermit,
    Holder,
    StaffHealthCertificate,
    StatusReference,
)
from trustcert.errors import MalformedError
from trustcert.gate.desk import judge_bundle
from trustcert.policy.bundles import BundleReport, BundleState, PartState, Person
from trustcert.status.statuslist import StatusList

NOW = t("2026-03-02 09:00")
CODE, OTHER_CODE = "91350100M000100Y43", "11430000006122244L"
FIRM = Holder(name="小面馆", organisation_code=CODE)
TYPES = ("business_licence", "food_permit", "staff_health_certificate", "environmental_approval")
BUNDLE = {
    "name": {"zh": "开办小餐馆", "en": "Opening a small restaurant"},
    "warn_days": 14,
    "parts": [
        {"part": "licence", "types": ["business_licence"]},
        {"part": "food", "types": ["food_permit"], "same_address": True},
        {"part": "staff", "types": ["staff_health_certificate"], "each_of": "staff"},
        {"part": "environment", "types": ["environmental_approval"], "optional": True},
    ],
}
RULES = policy(
    "CN-31",
    recognises=everyone(*TYPES, issuers=["CN-31"]),
    rules={kind: {} for kind in TYPES},
    bundles={"small_restaurant": BUNDLE},
)
NUMBERS = ["11010519491231002X", "110105194912310038"]
STAFF = [
    Person(name="王一"),
    Person(name="李二"),
    Person(name="张三"),
    Person(name="赵四"),
    Person(name="陈五", number=NUMBERS[0]),
]


def licence(**changed: Any) -> Claims:
    claims = about(
        BusinessLicence(title="营业执照", number=CODE, address="金山区 1 号"),
        NOW - 9 * DAY, issuer="CN-31", holder=FIRM, status=StatusReference(list=1, index=5),
    )  # fmt: skip
    return structs.replace(claims, **changed)


def food(**changed: Any) -> Claims:
    details = FoodPermit(title="食品经营许可证", number="JY1", address="金山区1号")
    base = about(details, NOW - 9 * DAY, issuer="CN-31", holder=FIRM, expires=NOW + 900 * DAY)
    return structs.replace(base, **changed)


def staff(name: str, expires: int = NOW + 200 * DAY, code: str = CODE) -> Claims:
    number = NUMBERS[0] if name == "陈五" else None
    holder = person(name, number, organisation_code=code)
    return about(
        StaffHealthCertificate(number="H1"),
        NOW - 9 * DAY,
        issuer="CN-31",
        holder=holder,
        expires=expires,
    )


ALL_STAFF = [staff(entry.name) for entry in STAFF]


def said(*claims: Claims, states: StatusList | None = None) -> BundleReport:
    judge = verifier(RULES, trust("CN-31", lists=[states or listed("CN-31", NOW - 60)]))
    texts = [signed(entry) for entry in claims]
    return judge_bundle(judge, "small_restaurant", texts, at=NOW, rosters={"staff": STAFF})


def test_complete() -> None:
    found = said(licence(), food(), *ALL_STAFF)
    assert (found.state, found.valid_until) == (BundleState.COMPLETE, NOW + 200 * DAY)
    assert len(found.parts) == 3 + len(STAFF)


def test_what_is_missing_is_named() -> None:
    found = said(licence(), *ALL_STAFF[1:])
    assert found.state is BundleState.INCOMPLETE
    assert [(part.name, part.person) for part in found.of(PartState.MISSING)] == [
        ("food", None),
        ("staff", 1),
    ]


def test_what_is_about_to_expire_is_said_before() -> None:
    soon = said(licence(), food(expires=NOW + 14 * DAY), *ALL_STAFF)
    assert soon.state is BundleState.EXPIRING
    assert [part.name for part in soon.of(PartState.EXPIRING)] == ["food"]
    later = said(licence(), food(expires=NOW + 14 * DAY + 1), *ALL_STAFF)
    assert later.state is BundleState.COMPLETE


def test_one_of_five_certificates_has_expired() -> None:
    found = said(licence(), food(), *ALL_STAFF[:4], staff("陈五", expires=NOW - DAY))
    assert found.state is BundleState.INCOMPLETE
    assert [(p.name, p.person) for p in found.parts if p.state is not PartState.PRESENT] == [
        ("staff", 5)
    ]


def test_a_licence_that_is_withheld_is_refused_and_not_present() -> None:
    found = said(licence(), food(), *ALL_STAFF, states=listed("CN-31", NOW - 60, suspended=[5]))
    assert found.state is BundleState.INCOMPLETE
    (refused,) = found.of(PartState.REFUSED)
    assert (refused.name, refused.detail) == ("licence", "suspended")


def test_another_holder_and_another_address_are_said() -> None:
    other = structs.replace(FIRM, organisation_code=OTHER_CODE)
    assert said(licence(), food(holder=other), *ALL_STAFF).of(PartState.OTHER_HOLDER)
    moved = FoodPermit(title="食品经营许可证", number="JY1", address="静安区 2 号")
    found = said(licence(), food(details=moved), *ALL_STAFF)
    assert found.state is BundleState.INCOMPLETE
    assert found.of(PartState.OTHER_ADDRESS)
    elsewhere = said(licence(), food(), *ALL_STAFF[1:], staff("王一", code=OTHER_CODE))
    assert [part.person for part in elsewhere.of(PartState.OTHER_HOLDER)] == [1]


def test_a_number_decides_and_a_name_does_not() -> None:
    namesake = structs.replace(
        ALL_STAFF[4], holder=person("陈五", NUMBERS[1], organisation_code=CODE)
    )
    found = said(licence(), food(), *ALL_STAFF[:4], namesake)
    assert [part.person for part in found.of(PartState.MISSING)] == [5]


def test_a_list_that_is_too_old_makes_it_indeterminate() -> None:
    found = said(licence(), food(), *ALL_STAFF, states=listed("CN-31", NOW - 3 * DAY))
    assert found.state is BundleState.INDETERMINATE


def test_nothing_and_nobody_is_not_complete() -> None:
    assert said().state is BundleState.INCOMPLETE
    judge = verifier(RULES, trust("CN-31"))
    with pytest.raises(MalformedError) as caught:
        judge_bundle(judge, "small_restaurant", [], at=NOW)
    assert caught.value.where == "rosters.staff"
    with pytest.raises(MalformedError, match="small_restaurant"):
        judge_bundle(judge, "hotel", [], at=NOW)
