from __future__ import annotations

import pytest

from trustcert.errors import MalformedError
from trustcert.identifiers import uscc
from trustcert.identifiers.problems import Problem

from .synthetic import credit_check


@pytest.mark.parametrize(
    ("number", "province"),
    [
        ("11100000000013338W", "00"),
        ("11430000006122244L", "43"),
        ("113700000045046442", "37"),
        ("11100000MB03271699", "00"),
        ("11110000000021135M", "11"),
        ("11220000013544541J", "22"),
        ("11100000000013661B", "00"),
        ("91350100M000100Y43", "35"),
    ],
)
def test_codes_of_real_bodies(number: str, province: str) -> None:
    value = uscc.parse(number)
    assert (value.number, value.province.code) == (number, province)


@pytest.mark.parametrize("letter", "ANY")
def test_registering_authorities_that_are_letters(letter: str) -> None:
    text = f"{letter}1510000MB0327169"
    assert uscc.parse(text + credit_check(text)).province.zh == "四川省"


def test_a_code_of_the_corps() -> None:
    text = "12660000MB0327169"
    assert uscc.parse(text + credit_check(text)).province.code == "66"


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", Problem.EMPTY),
        ("11430000006122244l", Problem.LOWER_CASE),
        ("1143000000612２244L", Problem.FULL_WIDTH),
        ("11430000 006122244", Problem.SPACES),
        ("11430000006122244", Problem.LENGTH),
        ("1143000000612224OL", Problem.CHARACTERS),
        ("1143000A006122244L", Problem.CHARACTERS),
        ("11430000006122244M", Problem.CHECK_DIGIT),
        ("B1430000006122244" + credit_check("B1430000006122244"), Problem.REGISTERING_AUTHORITY),
        ("01430000006122244" + credit_check("01430000006122244"), Problem.REGISTERING_AUTHORITY),
        ("11160000006122244" + credit_check("11160000006122244"), Problem.UNKNOWN_DIVISION),
    ],
)
def test_refused_with_the_problem(number: str, problem: Problem) -> None:
    with pytest.raises(MalformedError) as caught:
        uscc.parse(number)
    assert caught.value.problem is problem


def test_a_wrong_check_character_is_let_through_only_when_asked() -> None:
    with pytest.raises(MalformedError) as caught:
        uscc.parse("91350200M000100Y40")
    assert caught.value.problem is Problem.CHECK_DIGIT
    value = uscc.parse("91350200M000100Y40", strict_check=False)
    assert (value.province.code, value.check_is_right) == ("35", False)
    assert uscc.parse("91350100M000100Y43", strict_check=False).check_is_right
    for wrong in ("91350200M000100Y4", "91350200I000100Y40", "01350200M000100Y40"):
        with pytest.raises(MalformedError):
            uscc.parse(wrong, strict_check=False)
