from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.identifiers import citizen
from trustcert.identifiers.citizen import Holder, Sex
from trustcert.identifiers.problems import Problem

from .synthetic import Generate, citizen_check

SAMPLE = "11010519491231002X"  # the example of GB 11643-1999
CHINA = timezone(timedelta(hours=8))


def problem_of(number: str) -> Problem:
    with pytest.raises(MalformedError) as caught:
        citizen.parse(number)
    assert isinstance(caught.value.problem, Problem)
    if len(number) > 8:
        assert number not in f"{caught.value!r} {caught.value}"
    return caught.value.problem


def number_of(seventeen: str) -> str:
    return seventeen + citizen_check(seventeen)


@pytest.mark.parametrize(
    ("number", "holder", "province", "born", "sex"),
    [
        (SAMPLE, Holder.CITIZEN, "11", date(1949, 12, 31), Sex.FEMALE),
        ("511402198802290014", Holder.CITIZEN, "51", date(1988, 2, 29), Sex.MALE),
        ("440106199001010013", Holder.CITIZEN, "44", date(1990, 1, 1), Sex.MALE),
        ("810000199408230021", Holder.HK_MACAU_RESIDENT, "81", date(1994, 8, 23), Sex.FEMALE),
        ("830000199201300022", Holder.TAIWAN_RESIDENT, "71", date(1992, 1, 30), Sex.FEMALE),
        # the two specimens that the National Immigration Administration published in 2023
        ("911124198108030024", Holder.FOREIGNER, "11", date(1981, 8, 3), Sex.FEMALE),
        ("932682198501010017", Holder.FOREIGNER, "32", date(1985, 1, 1), Sex.MALE),
    ],
)
def test_a_good_number_says_whose_where_when(
    number: str, holder: Holder, province: str, born: date, sex: Sex
) -> None:
    value = citizen.parse(number)
    assert (value.number, value.holder, value.born, value.sex) == (number, holder, born, sex)
    assert value.province.code == province


def test_a_foreigners_card_has_a_country_and_no_division() -> None:
    value = citizen.parse("911124198108030024")
    assert (value.country, value.division) == ("124", None)
    assert (citizen.parse(SAMPLE).country, citizen.parse(SAMPLE).division) == (None, "110105")


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", Problem.EMPTY),
        (SAMPLE.lower(), Problem.LOWER_CASE),
        ("１" + SAMPLE[1:], Problem.FULL_WIDTH),
        (SAMPLE[:-1] + "Ｘ", Problem.FULL_WIDTH),
        ("110105 19491231 002X", Problem.SPACES),
        ("110105\u300019491231002X", Problem.SPACES),
        (SAMPLE + "\n", Problem.SPACES),
        ("\ufeff" + SAMPLE, Problem.SPACES),
        ("110105491231002", Problem.OLD_CITIZEN_ID),
        (SAMPLE[:-1], Problem.LENGTH),
        (SAMPLE + "0", Problem.LENGTH),
        ("1101051949123100-X", Problem.CHARACTERS),
        ("1101051949123X0021", Problem.CHARACTERS),
        ("١" * 18, Problem.CHARACTERS),
        ("\u0967" + SAMPLE[1:], Problem.CHARACTERS),
        ("110105194912310021", Problem.CHECK_DIGIT),
        (number_of("11010519490229002"), Problem.BIRTH_DATE),
        (number_of("11010519491331002"), Problem.BIRTH_DATE),
        (number_of("11010519000229002"), Problem.BIRTH_DATE),
        (number_of("11010500000101002"), Problem.BIRTH_DATE),
        (number_of("11010531491231002"), Problem.BIRTH_DATE),
        (number_of("16010519491231002"), Problem.DIVISION),
        (number_of("66010519491231002"), Problem.DIVISION),
        (number_of("00010519491231002"), Problem.DIVISION),
        (number_of("10010519491231002"), Problem.DIVISION),
        (number_of("81010019940823002"), Problem.DIVISION),
        (number_of("83000119940823002"), Problem.DIVISION),
        (number_of("91612419810803002"), Problem.DIVISION),
    ],
)
def test_a_bad_number_is_refused_with_its_problem_and_never_echoed(
    number: str, problem: Problem
) -> None:
    assert problem_of(number) is problem


def test_a_very_long_text_is_refused_unread() -> None:
    with pytest.raises(LimitExceededError):
        citizen.parse("1" * 1_000)


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_problem(text: str) -> None:
    try:
        assert citizen.parse(text).number == text
    except MalformedError as error:
        assert isinstance(error.problem, Problem)  # noqa: PT017 - either outcome is right


def test_nothing_of_the_person_is_in_the_repr() -> None:
    shown = repr(citizen.parse(SAMPLE))
    assert "1949" not in shown
    assert "002X" not in shown


def test_values_are_frozen() -> None:
    with pytest.raises(AttributeError):
        citizen.parse(SAMPLE).born = date(2000, 1, 1)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("number", "moment", "age"),
    [
        (SAMPLE, datetime(2020, 12, 30, 23, 59, 59, tzinfo=CHINA), 70),
        (SAMPLE, datetime(2020, 12, 31, tzinfo=CHINA), 71),
        (SAMPLE, datetime(2020, 12, 30, 16, 0, 0, tzinfo=UTC), 71),  # already the 31st in China
        (SAMPLE, datetime(1970, 1, 1, tzinfo=UTC), 20),
        ("511402198802290014", datetime(2006, 2, 28, 12, tzinfo=CHINA), 17),
        ("511402198802290014", datetime(2006, 3, 1, tzinfo=CHINA), 18),
        ("511402198802290014", datetime(2008, 2, 29, tzinfo=CHINA), 20),
    ],
)
def test_age_is_counted_in_completed_years_of_chinas_calendar(
    number: str, moment: datetime, age: int
) -> None:
    assert citizen.parse(number).age(int(moment.timestamp())) == age


def test_nobody_has_an_age_before_birth() -> None:
    day_before = int(datetime(1988, 2, 28, 12, tzinfo=CHINA).timestamp())
    with pytest.raises(MalformedError) as caught:
        citizen.parse("511402198802290014").age(day_before)
    assert caught.value.problem is Problem.BIRTH_AFTER


def test_all_known_leap_days_and_no_other_29_february() -> None:
    for year in range(1800, 2100):
        number = number_of(f"110105{year}0229002")
        if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0:
            assert citizen.parse(number).born == date(year, 2, 29)
        else:
            assert problem_of(number) is Problem.BIRTH_DATE


def test_generated_numbers_of_every_province_are_good() -> None:
    generate = Generate()
    assert {citizen.parse(generate.citizen_id()).province.code for _ in range(2_000)} >= {
        "11",
        "51",
        "65",
    }
