from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.identifiers import mrz
from trustcert.identifiers.check_digits import weights_731
from trustcert.identifiers.problems import Problem

# the specimens of ICAO Doc 9303, parts 4, 5 and 6
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"

AT = int(datetime(2020, 3, 1, tzinfo=UTC).timestamp())


def passport_zone(
    *,
    name: str = "ERIKSSON<<ANNA",
    birth: str = "740812",
    expiry: str = "120415",
    sex: str = "F",
    number: str = "L898902C3",
) -> str:
    fields = (number.ljust(9, "<"), birth, expiry, "<" * 14)
    n, b, e, o = (field + weights_731(field) for field in fields)
    composite = weights_731(n + b + e + o)
    return f"P<UTO{name.ljust(39, '<')}{n}UTO{b}{sex}{e}{o}{composite}"


def problem_of(text: str) -> str:
    with pytest.raises(MalformedError) as caught:
        mrz.parse(text)
    return caught.value.problem


@pytest.mark.parametrize(
    ("text", "form", "number"),
    [(TD3, "TD3", "L898902C3"), (TD1, "TD1", "D23145890"), (TD2, "TD2", "D23145890")],
)
def test_the_specimens(text: str, form: str, number: str) -> None:
    zone = mrz.parse(text)
    assert (zone.form, zone.number, zone.issuing_state, zone.nationality) == (
        form,
        number,
        "UTO",
        "UTO",
    )
    assert (zone.surname, zone.given_names, zone.is_cut) == ("ERIKSSON", "ANNA MARIA", False)
    assert (zone.sex, zone.born(AT), zone.expires(AT)) == (
        "F",
        date(1974, 8, 12),
        date(2012, 4, 15),
    )
    assert zone.optional == ("ZE184226B" if form == "TD3" else "")
    assert zone.document_code == ("P" if form == "TD3" else "I")


@pytest.mark.parametrize("text", [TD3, TD1, TD2])
def test_line_ends_do_not_count(text: str) -> None:
    assert mrz.parse(text) == mrz.parse(text.replace("\n", "\r\n") + "\r\n")
    assert mrz.parse(text) == mrz.parse(text.replace("\n", ""))


@pytest.mark.parametrize("text", [TD3, TD1, TD2])
def test_nothing_of_the_person_is_in_the_repr(text: str) -> None:
    zone = mrz.parse(text)
    shown = repr(zone)
    for secret in (zone.number, "ERIKSSON", "ANNA", "740812", "120415", "ZE184226B"):
        assert secret not in shown


@pytest.mark.parametrize("text", [TD3, TD1, TD2])
def test_a_changed_digit_in_any_checked_field_is_caught(text: str) -> None:
    bare = text.replace("\n", "")
    names_at = {88: (5, 44), 72: (5, 36), 90: (60, 90)}[len(bare)]
    nations = {88: (54, 57), 72: (46, 49), 90: (45, 48)}[len(bare)]
    sex = {88: 64, 72: 56, 90: 37}[len(bare)]
    checked = set(range(5, len(bare))) - set(range(*names_at)) - set(range(*nations)) - {sex}
    seen = 0
    for i in sorted(checked):
        if bare[i] in "0123456789":
            seen += 1
            wrong = bare[:i] + str((int(bare[i]) + 1) % 10) + bare[i + 1 :]
            assert problem_of(wrong) in (Problem.CHECK_DIGIT, Problem.MRZ_DATE)
    assert seen >= 20


def test_a_number_of_over_nine_places_goes_on_in_the_optional_data() -> None:
    first = "I<UTOD23145890<7349<<<<<<<<<<<"  # the example of Doc 9303-5, appendix C
    second = "7408122F1204159UTO<<<<<<<<<<<"
    composite = weights_731(first[5:] + second[:7] + second[8:15] + second[18:29])
    zone = mrz.parse(first + second + composite + "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
    assert (zone.number, zone.optional) == ("D23145890734", "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem.EMPTY),
        ("\n", Problem.EMPTY),
        (TD3.lower(), Problem.LOWER_CASE),
        (TD3.replace("<", " "), Problem.SPACES),
        (TD3.replace("<", "＜"), Problem.FULL_WIDTH),
        (TD3.replace("<", "«"), Problem.CHARACTERS),
        (TD3[:-1], Problem.MRZ_LENGTH),
        (TD3[:44], Problem.MRZ_LENGTH),
        (passport_zone(birth="740231"), Problem.MRZ_DATE),
        (passport_zone(birth="74A812"), Problem.MRZ_DATE),
        (passport_zone(expiry="121301"), Problem.MRZ_DATE),
        (passport_zone(expiry="750229"), Problem.MRZ_DATE),
        (passport_zone(name=""), Problem.MRZ_NAME),
        (passport_zone(name="ER1KSSON"), Problem.MRZ_NAME),
        (passport_zone(sex="1"), Problem.CHARACTERS),
        (passport_zone(number=""), Problem.EMPTY),
    ],
)
def test_refused_with_the_problem(text: str, problem: Problem) -> None:
    assert problem_of(text) is problem


def test_the_limits() -> None:
    with pytest.raises(LimitExceededError):
        mrz.parse("<" * 129)
    with pytest.raises(UnsupportedError):
        mrz.parse("V" + TD3[1:])


@pytest.mark.parametrize(
    ("birth", "at", "born"),
    [
        ("200229", datetime(2020, 3, 1, tzinfo=UTC), date(2020, 2, 29)),
        ("200302", datetime(2020, 3, 1, tzinfo=UTC), date(1920, 3, 2)),
        ("200302", datetime(2020, 3, 1, 16, tzinfo=UTC), date(2020, 3, 2)),
        ("000229", datetime(2020, 3, 1, tzinfo=UTC), date(2000, 2, 29)),
        ("990101", datetime(2020, 3, 1, tzinfo=UTC), date(1999, 1, 1)),
        ("74<<<<", datetime(2020, 3, 1, tzinfo=UTC), None),
        ("<<<<<<", datetime(2020, 3, 1, tzinfo=UTC), None),
    ],
)
def test_the_century_of_birth_follows_from_the_day(
    birth: str, at: datetime, born: date | None
) -> None:
    assert mrz.parse(passport_zone(birth=birth)).born(int(at.timestamp())) == born


@pytest.mark.parametrize(
    ("expiry", "day"),
    [
        ("301231", date(2030, 12, 31)),
        ("991231", date(1999, 12, 31)),
        ("701231", date(2070, 12, 31)),
        ("711231", date(1971, 12, 31)),
        ("<<<<<<", None),
    ],
)
def test_the_century_of_expiry_is_the_near_one(expiry: str, day: date | None) -> None:
    assert mrz.parse(passport_zone(expiry=expiry)).expires(AT) == day


def test_an_unspecified_sex_is_empty() -> None:
    assert mrz.parse(passport_zone(sex="<")).sex == ""
    assert mrz.parse(passport_zone(sex="X")).sex == ""


def test_an_empty_optional_field_may_have_a_filler_for_its_digit() -> None:
    zone = passport_zone()
    filled = zone[:86] + "<" + zone[87:]
    assert mrz.parse(filled).optional == ""
    assert problem_of(zone[:86] + "5" + zone[87:]) is Problem.CHECK_DIGIT


CUT_THAI = "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"  # as in Doc 9303-4
CUT_LONG = "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WARNA"


@pytest.mark.parametrize(
    ("field", "name", "fits"),
    [
        ("ERIKSSON<<ANNA<MARIA", "Anna Maria Eriksson", True),
        ("ERIKSSON<<ANNA<MARIA", "Eriksson, Anna-Maria", True),
        ("ERIKSSON<<ANNA<MARIA", "Anna Eriksson", False),
        ("ERIKSSON<<ANNA<MARIA", "Anna Maria Erikson", False),
        ("MUELLER<<JOERG", "Jörg Müller", True),
        ("ARKFREITH", "Arkfreith", True),
        ("LYU<<MING", "LÜ MING", True),
        (CUT_THAI, "Nilavadhanananda Chayapa Dejthamrong Krasuang", True),
        (CUT_THAI, "Chayapa Dejthamrong Krasuang Nilavadhanananda", True),
        (CUT_THAI, "Nilavadhanananda Chayapa Dejthamrong", False),
        (CUT_THAI, "Nilavadhanananda Arnpol Dejthamrong Krasuang", False),
        (CUT_LONG, "Bennelong Wooloomooloo Warrandyte Warnambool Dingo", True),
    ],
)
def test_a_zone_fits_the_printed_name(field: str, name: str, fits: bool) -> None:  # noqa: FBT001
    zone = mrz.parse(passport_zone(name=field))
    assert zone.is_cut == (len(field) == 39)
    assert zone.fits(name) is fits


@given(st.text("ABZ019<\n", max_size=128))
def test_any_text_is_a_zone_or_a_problem(text: str) -> None:
    try:
        assert mrz.parse(text).form in ("TD1", "TD2", "TD3")
    except MalformedError as error:
        assert isinstance(error.problem, Problem)  # noqa: PT017 - either outcome is right
