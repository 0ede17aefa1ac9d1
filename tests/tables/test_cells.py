from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.encoding.instants import CHINA, rfc3339
from trustcert.errors import MalformedError
from trustcert.tables import Cell
from trustcert.tables.cells import date_of, instant_of, lost_digits, text_of

EIGHT = "2026-07-01T08:00:00+08:00"


@pytest.mark.parametrize(
    "cell",
    [
        "2026/7/1 8:00",
        "2026-07-01 08:00:00",
        " 2026.7.1  8:00 ",
        "2026-07-01T08:00:00",
        "2026-07-01T08:00:00+08:00",
        "2026-07-01T00:00:00Z",
        "2026年7月1日 8时",
        "2026年7月1日8点00分",
        "46204.333333333",
        46204 + 1 / 3,
        "1782864000",
        datetime(2026, 7, 1, 8),  # noqa: DTZ001 - as a cell has it
    ],
)
def test_times_as_spreadsheets_have_them(cell: Cell) -> None:
    assert rfc3339(instant_of(cell, CHINA)) == EIGHT


@pytest.mark.parametrize(
    "cell", ["2026/7/1", "2026-07-01", "20260701", "2026年7月1日", "46204", 46204, date(2026, 7, 1)]
)
def test_a_date_alone_is_its_midnight(cell: Cell) -> None:
    assert rfc3339(instant_of(cell, CHINA)) == "2026-07-01T00:00:00+08:00"
    assert date_of(cell) == date(2026, 7, 1)


def test_a_time_that_names_no_zone_is_in_the_given_one() -> None:
    urumqi = timezone(timedelta(hours=6))
    assert rfc3339(instant_of("2026-07-01 06:00", urumqi)) == EIGHT


@pytest.mark.parametrize(
    "cell", ["", "7/1/2026", "2026-02-30", "2026-13-01", "tomorrow", "12", 0, 3_000_000, True, None]
)
def test_what_is_no_time_is_refused(cell: Cell) -> None:
    with pytest.raises(MalformedError):
        instant_of(cell, CHINA)


@pytest.mark.parametrize("cell", ["2026-07-01 08:00", 46204.5])
def test_a_date_has_no_time_of_day(cell: Cell) -> None:
    with pytest.raises(MalformedError, match="without a time of day"):
        date_of(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("\u3000 张伟\u00a0", "张伟"),
        ('="11010519491231002X"', "11010519491231002X"),
        ("'11010519491231002X", "11010519491231002X"),
        ("\t11010519491231002X", "11010519491231002X"),
        (12345678, "12345678"),
        (3.0, "3"),
        (None, ""),
        ("'t Hooft's", "'t Hooft's"),
    ],
)
def test_texts_lose_blanks_and_a_spreadsheet_s_marks(cell: Cell, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("1.10105E+17", "shortened this number"),
        ("1,10105E+17", "shortened this number"),
        (1.10105194912310e17, "kept only 15 digits"),
        (110105194912310020, "kept only 15 digits"),
        (datetime(2026, 3, 1), "made a date of it"),  # noqa: DTZ001 - as a cell has it
        ("#N/A", "error of a formula"),
        ("张\ufffd", "decoded wrongly"),
    ],
)
def test_what_a_spreadsheet_destroyed_is_refused_by_name(cell: Cell, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        text_of(cell)


NAMES = (
    "张伟",
    "卢毛",
    "古丽娜尔·阿不都热依木",
    "欧阳娜娜",
    "李雷",
    "韩梅梅",
    "成都市第一人民医院",
)


@pytest.mark.parametrize("name", NAMES)
def test_chinese_that_was_decoded_wrongly_is_refused(name: str) -> None:
    for written, read in (
        ("gb18030", "latin-1"),
        ("utf-8", "latin-1"),
        ("utf-8", "gb18030"),
        ("gb18030", "utf-8"),
    ):
        try:
            wrong = name.encode(written).decode(read)
        except UnicodeError:
            continue
        with pytest.raises(MalformedError, match="decoded wrongly"):
            text_of(wrong)


@pytest.mark.parametrize(
    "name",
    [
        *NAMES, "José Ñuñez", "Müller", "Þórður Guðjónsson", "Łukasz", "Åsa Öberg", "Zoë",
        "Đỗ Mười", "Дмитрий", "胡𠅤𬭎", "བསྟན་འཛིན", "ئابدۇراھمان", "Žižek", "Françoise Lefèvre",
    ],
)  # fmt: skip
def test_real_names_are_kept(name: str) -> None:
    assert text_of(name) == name


def test_digits_that_became_zeros() -> None:
    assert lost_digits("510105199001010000")
    assert lost_digits("110105194912310000")
    assert not lost_digits("11010519491231002X")
    assert not lost_digits("110105194912310021")


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reading in (text_of, date_of, lambda cell: instant_of(cell, CHINA)):
        with suppress(MalformedError):
            reading(text)
