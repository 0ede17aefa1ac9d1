from __future__ import annotations

import pytest

from trustcert.errors import MalformedError
from trustcert.identifiers import divisions
from trustcert.identifiers.problems import Problem


def test_the_34_provinces() -> None:
    assert len(divisions.PROVINCES) == 34
    assert list(divisions.PROVINCES) == sorted(divisions.PROVINCES)
    for code, province in divisions.PROVINCES.items():
        assert province.code == code
        assert len(province.short) == 1
        assert province.zh.endswith(("省", "市", "区"))
        assert province.en.replace(" ", "").isalpha()
    assert len({p.short for p in divisions.PROVINCES.values()}) == 34
    assert len({p.zh for p in divisions.PROVINCES.values()}) == 34


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("51", "四川省"),
        ("510100", "四川省"),
        ("4403", "广东省"),
        ("15", "内蒙古自治区"),
        ("71", "台湾省"),
        ("66", "新疆生产建设兵团"),
        ("00", "国家"),
        ("10", "国家"),
        ("100000", "国家"),
    ],
)
def test_the_province_of_a_code(code: str, zh: str) -> None:
    assert divisions.province(code).zh == zh


@pytest.mark.parametrize(
    "code", ["", "5", "510", "51010", "5101000", "16", "83", "99", "５１", "٥١", "5a"]
)
def test_what_is_no_code(code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        divisions.province(code)
    assert caught.value.problem is Problem.UNKNOWN_DIVISION


@pytest.mark.parametrize(
    ("issuer", "code"),
    [
        ("CN-51", "510000"),
        ("CN-44-03", "440300"),
        ("CN-44-03-05", "440305"),
        ("CN-66", "660000"),
        ("CN-00", "000000"),
    ],
)
def test_issuer_ids_and_codes_say_the_same(issuer: str, code: str) -> None:
    division = divisions.parse_id(issuer)
    assert (division.id, division.code) == (issuer, code)
    assert divisions.parse_code(code) == division


@pytest.mark.parametrize(
    "issuer",
    ["", "CN", "CN-", "CN-5", "CN51", "cn-51", "CN-10", "CN-44-00", "CN-44-03-00", "CN-44-03-05-01",
     "CN-51 ", "CN-51\n", "CN-５１", "US-51", "CN-44-3", "CN--51"],
)  # fmt: skip
def test_what_is_no_issuer_id(issuer: str) -> None:
    with pytest.raises(MalformedError) as caught:
        divisions.parse_id(issuer)
    assert caught.value.problem is Problem.ISSUER_ID


@pytest.mark.parametrize("issuer", ["CN-16", "CN-83", "CN-44-00-05"])
def test_an_issuer_id_of_no_division(issuer: str) -> None:
    with pytest.raises(MalformedError) as caught:
        divisions.parse_id(issuer)
    assert caught.value.problem is Problem.UNKNOWN_DIVISION


def test_the_alias_of_the_national_level_has_one_id() -> None:
    assert divisions.parse_code("100000").id == "CN-00"
    assert divisions.parse_code("10") == divisions.parse_id("CN-00")


@pytest.mark.parametrize(
    ("above", "below", "covered"),
    [
        ("CN-42", "CN-42", True),
        ("CN-42", "CN-42-01", True),
        ("CN-42-01", "CN-42-01-02", True),
        ("CN-42-01", "CN-42", False),
        ("CN-42-01", "CN-42-02", False),
        ("CN-42", "CN-43-01", False),
        ("CN-00", "CN-42", False),
        ("CN-65", "CN-66", False),
    ],
)
def test_a_division_covers_itself_and_what_lies_in_it(
    above: str,
    below: str,
    covered: bool,  # noqa: FBT001
) -> None:
    assert divisions.parse_id(above).covers(divisions.parse_id(below)) is covered
