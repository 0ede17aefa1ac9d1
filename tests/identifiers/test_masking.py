from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.identifiers.masking import (
    NameMask,
    NumberMask,
    characters,
    mask_name,
    mask_number,
    tail_matches,
)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟", "张*"),
        ("张小三", "张*三"),
        ("欧阳娜娜", "欧**娜"),
        ("古丽娜尔·阿不都热依木", "古***木"),
        ("古丽娜尔•阿不都热依木", "古***木"),
        ("𠅤", "*"),
        ("王𠅤", "王*"),
        ("𬭎𠅤", "𬭎*"),
        ("张𬭎㛃", "张*㛃"),
        ("𠅤小𬭎", "𠅤*𬭎"),
        ("JOHN SMITH", "J***H"),
        ("E\u0301lodie Dupre\u0301", "E\u0301***e\u0301"),
        ("葛\U000e0100城市\U000e0101", "葛\U000e0100*市\U000e0101"),
        (" 张伟 ", "张*"),
        ("", "***"),
    ],
)
def test_the_default_of_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("policy", "two", "three", "one"),
    [
        (NameMask.FIRST, "张*", "张**", "*"),
        (NameMask.LAST, "*伟", "**三", "*"),
        (NameMask.HIDDEN, "***", "***", "***"),
        (NameMask.NONE, "张伟", "张小三", "张"),
    ],
)
def test_named_policies_of_names(policy: NameMask, two: str, three: str, one: str) -> None:
    assert mask_name("张伟", policy) == two
    assert mask_name("张小三", policy) == three
    assert mask_name("张", policy) == one


@given(st.text(min_size=1, max_size=40), st.sampled_from(NameMask))
def test_a_masked_name_shows_two_characters_at_most(name: str, policy: NameMask) -> None:
    masked = mask_name(name, policy)
    if policy is NameMask.NONE:
        assert masked == name
        return
    assert 1 <= masked.count("*") <= 3 + name.count("*")
    shown = [c for c in characters(masked) if not c.startswith("*")]
    assert len(shown) <= 2


@pytest.mark.parametrize(
    ("policy", "masked"),
    [
        (NumberMask.LAST_4, "**************002X"),
        (NumberMask.LAST_3, "***************02X"),
        (NumberMask.FIRST_AND_LAST, "1****************X"),
        (NumberMask.FIRST_6_LAST_4, "110105********002X"),
        (NumberMask.HIDDEN, "******************"),
        (NumberMask.NONE, "11010519491231002X"),
    ],
)
def test_named_policies_of_numbers(policy: NumberMask, masked: str) -> None:
    assert mask_number("11010519491231002X", policy) == masked


@pytest.mark.parametrize(
    ("number", "policy", "masked"),
    [
        ("E12345678", NumberMask.LAST_3, "******678"),
        ("A1234", NumberMask.LAST_3, "***34"),
        ("1234567", NumberMask.LAST_4, "****567"),
        ("12", NumberMask.FIRST_AND_LAST, "*2"),
        ("1", NumberMask.LAST_4, "*"),
        ("", NumberMask.LAST_4, ""),
        ("110105491231002", NumberMask.FIRST_6_LAST_4, "***********1002"),
    ],
)
def test_a_short_number_shows_less(number: str, policy: NumberMask, masked: str) -> None:
    assert mask_number(number, policy) == masked


@given(
    st.text("0123456789ABCX", max_size=40),
    st.sampled_from([p for p in NumberMask if p is not NumberMask.NONE]),
)
def test_half_of_a_number_or_eight_characters_stay_hidden(number: str, policy: NumberMask) -> None:
    masked = mask_number(number, policy)
    assert len(masked) == len(number)
    assert masked.count("*") >= min(8, (len(number) + 1) // 2)


@pytest.mark.parametrize("typed", ["002X", "002x", " 002x\r\n", "００２Ｘ", "0 0 2 x"])
def test_a_typed_tail_that_matches(typed: str) -> None:
    assert tail_matches("002X", typed)


@pytest.mark.parametrize(
    "typed", ["", "02X", "0021", "1002X", "11010519491231002X", "002", "002XX"]
)
def test_a_typed_tail_that_does_not(typed: str) -> None:
    assert not tail_matches("002X", typed)


def test_an_empty_tail_matches_nothing() -> None:
    assert not tail_matches("", "")
    assert not tail_matches("", "002X")
