from __future__ import annotations

import pytest

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.identifiers import documents
from trustcert.identifiers.documents import DocumentType as Kind
from trustcert.identifiers.masking import NumberMask
from trustcert.identifiers.problems import Problem

CITIZEN = "11010519491231002X"
GOOD = {
    Kind.CITIZEN_ID: CITIZEN,
    Kind.HK_MACAU_RESIDENTS_PERMIT: "810000199408230021",
    Kind.TAIWAN_RESIDENTS_PERMIT: "830000199201300022",
    Kind.FOREIGNERS_PERMANENT_RESIDENT_CARD: "911124198108030024",
    Kind.PASSPORT: "E12345678",
    Kind.HK_MACAU_TRAVEL_PERMIT: "H12345678",
    Kind.TAIWAN_TRAVEL_PERMIT: "12345678",
    Kind.TAIWAN_SINGLE_ENTRY_PERMIT: "T12345",
    Kind.UNIFIED_SOCIAL_CREDIT_CODE: "11430000006122244L",
    Kind.OTHER: "军字第1234567号",
}


def test_the_wire_codes_never_change() -> None:
    assert {kind.value: kind.facts.wire for kind in Kind} == {
        "citizen_id": 1,
        "hk_macau_residents_permit": 2,
        "taiwan_residents_permit": 3,
        "foreigners_permanent_resident_card": 4,
        "passport": 5,
        "hk_macau_travel_permit": 6,
        "taiwan_travel_permit": 7,
        "taiwan_single_entry_permit": 8,
        "unified_social_credit_code": 9,
        "other": 10,
    }


def test_every_code_of_both_tables_leads_back_to_its_kind() -> None:
    for kind in Kind:
        facts = kind.facts
        assert documents.BY_WIRE[facts.wire] is kind
        assert 1 <= facts.wire <= 23
        assert facts.licence_code is None or documents.BY_LICENCE_CODE[facts.licence_code] is kind
        assert facts.health_code is None or documents.BY_HEALTH_CODE[facts.health_code] is kind
    assert set(documents.BY_LICENCE_CODE) == {"111", "414", "511", "516", "553", "001"}
    assert set(documents.BY_HEALTH_CODE) == {"10", "14", "15", "16", "20", "34", "99"}


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_takes_its_own_number(kind: Kind) -> None:
    assert documents.validate(kind, GOOD[kind]) == GOOD[kind]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (Kind.HK_MACAU_TRAVEL_PERMIT, "M1234567801"),
        (Kind.TAIWAN_TRAVEL_PERMIT, "1234567801"),
        (Kind.TAIWAN_TRAVEL_PERMIT, "1234567801B"),
        (Kind.FOREIGNERS_PERMANENT_RESIDENT_CARD, "CAN110081080310"),
        (Kind.PASSPORT, "L898902C3"),
        (Kind.OTHER, "AB/12-(3)"),
    ],
)
def test_older_and_other_forms(kind: Kind, number: str) -> None:
    assert documents.validate(kind, number) == number


def test_what_is_typed_is_healed_into_the_normal_form() -> None:
    assert documents.validate(Kind.CITIZEN_ID, "１１0105 19491231 002x") == CITIZEN
    assert documents.validate(Kind.PASSPORT, " e1234 5678\n") == "E12345678"


FAMILY = tuple(Kind)[:4]


@pytest.mark.parametrize(
    ("kind", "other"), [(kind, other) for kind in FAMILY for other in FAMILY if kind is not other]
)
def test_an_18_digit_number_is_held_to_its_document(kind: Kind, other: Kind) -> None:
    with pytest.raises(MalformedError) as caught:
        documents.validate(kind, GOOD[other])
    assert caught.value.problem is Problem.OTHER_DOCUMENT


@pytest.mark.parametrize(
    ("kind", "number", "problem"),
    [
        (Kind.CITIZEN_ID, "", Problem.EMPTY),
        (Kind.CITIZEN_ID, "110105194912310021", Problem.CHECK_DIGIT),
        (Kind.FOREIGNERS_PERMANENT_RESIDENT_CARD, "911124198108030025", Problem.CHECK_DIGIT),
        (Kind.PASSPORT, "ZHANGWEI", Problem.PASSPORT),
        (Kind.PASSPORT, "E1234567890", Problem.PASSPORT),
        (Kind.PASSPORT, "E123", Problem.PASSPORT),
        (Kind.PASSPORT, "E1234-678", Problem.PASSPORT),
        (Kind.HK_MACAU_TRAVEL_PERMIT, "C12345678", Problem.TRAVEL_PERMIT),
        (Kind.TAIWAN_TRAVEL_PERMIT, "1234567", Problem.TRAVEL_PERMIT),
        (Kind.TAIWAN_SINGLE_ENTRY_PERMIT, "?", Problem.TRAVEL_PERMIT),
        (Kind.UNIFIED_SOCIAL_CREDIT_CODE, "11430000006122244M", Problem.CHECK_DIGIT),
        (Kind.OTHER, "unknown", Problem.CHARACTERS),
        (Kind.OTHER, "1<script>", Problem.CHARACTERS),
        (Kind.OTHER, "1" * 41, Problem.CHARACTERS),
        (Kind.OTHER, "1\ud800", Problem.CHARACTERS),
    ],
)
def test_refused_with_the_problem(kind: Kind, number: str, problem: Problem) -> None:
    with pytest.raises(MalformedError) as caught:
        documents.validate(kind, number)
    assert caught.value.problem is problem


def test_a_very_long_number_is_refused_unread() -> None:
    for kind in Kind:
        with pytest.raises(LimitExceededError):
            documents.validate(kind, "1" * 10_000)


@pytest.mark.parametrize(
    ("kind", "masked", "tail"),
    [
        (Kind.CITIZEN_ID, "**************002X", "002X"),
        (Kind.PASSPORT, "******678", "678"),
        (Kind.HK_MACAU_TRAVEL_PERMIT, "*****5678", "5678"),
        (Kind.UNIFIED_SOCIAL_CREDIT_CODE, "11430000006122244L", "11430000006122244L"),
    ],
)
def test_the_default_mask_of_a_kind(kind: Kind, masked: str, tail: str) -> None:
    assert documents.mask(kind, GOOD[kind]) == masked
    assert documents.tail(kind, GOOD[kind]) == tail


def test_a_policy_replaces_the_default() -> None:
    masked = documents.mask(Kind.CITIZEN_ID, CITIZEN, NumberMask.FIRST_6_LAST_4)
    assert masked == "110105********002X"
    assert documents.mask(Kind.PASSPORT, "E12345678", NumberMask.HIDDEN) == "*" * 9
