from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.errors import LimitExceededError, MalformedError, TrustcertError
from trustcert.limits import CSV_LINE_CHARACTERS
from trustcert.tables import Line, open_table

HEADER = ["姓名", "证件号码", "颜色"]
ROWS = [["张伟", "11010519491231002X", "绿"], ["古丽娜尔·阿不都热依木", "E12345678", "green"]]


def read(path: Path, **named: str) -> tuple[str, list[Line]]:
    with open_table(path, **named) as table:
        return table.told, list(table)


def content(separator: str) -> str:
    return "\r\n".join(separator.join(row) for row in [HEADER, *ROWS]) + "\r\n"


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("gb18030", "GB18030"),
    ],
)
@pytest.mark.parametrize(
    ("separator", "word"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs")]
)
def test_csv_of_every_encoding_and_separator_is_read_and_said(
    tmp_path: Path, codec: str, told: str, separator: str, word: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content(separator).encode(codec))
    said, lines = read(path)
    assert said == f"CSV in {told}, separated by {word}"
    assert [list(line.cells) for line in lines] == [HEADER, *ROWS]
    assert [line.number for line in lines] == [1, 2, 3]


def test_bytes_that_are_two_texts_are_refused_until_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("name,colour\n卢毛,green\n".encode("gb18030"))
    with pytest.raises(MalformedError, match="text in UTF-8 and other text in GB18030"):
        read(path)
    assert read(path, encoding="gb18030")[1][1].cells == ("卢毛", "green")


def test_a_named_encoding_that_does_not_fit_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content(",").encode("gb18030"))
    with pytest.raises(MalformedError, match="bytes that are not utf-8"):
        read(path, encoding="utf-8")


def test_utf_16_without_a_mark_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content("\t").encode("utf-16-le"))
    with pytest.raises(MalformedError, match="utf-16-le"):
        read(path)
    assert list(read(path, encoding="utf-16-le")[1][0].cells) == HEADER


def test_a_bad_byte_far_behind_refuses_the_file_before_any_row(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"name\n" + b"Ann\n" * 600_000 + b"\xff\xff\n")
    with pytest.raises(MalformedError, match="not UTF-8 or GB18030"):
        read(path)


def test_excel_s_own_separator_line_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("sep=;\nname;colour\nAnn, B;green\n", encoding="utf-8")
    assert [line.cells for line in read(path)[1]] == [("name", "colour"), ("Ann, B", "green")]


def test_a_line_that_is_no_row_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    long = "x" * (CSV_LINE_CHARACTERS + 5)
    path.write_text(f'name\n"Ann\n{long}\nBob\n', encoding="utf-8")
    lines = read(path)[1]
    assert [(line.number, bool(line.problem)) for line in lines] == [
        (1, False), (2, True), (3, True), (4, False),
    ]  # fmt: skip
    assert lines[1].cells == ('"Ann',)


def workbook(path: Path, *rows: Sequence[object]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(path)


def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "people.anything"
    moment = dt.datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001 - as a cell has it
    workbook(path, HEADER, ["张伟", 12345678, moment], [None, " ", None], ["王芳", True, None])
    told, lines = read(path)
    assert told == "workbook, worksheet 'Sheet'"
    assert [line.number for line in lines] == [1, 2, 4]
    assert lines[1].cells == ("张伟", 12345678, moment)


def test_a_worksheet_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["first"])
    book.create_sheet("另一个").append(["second"])
    book.save(path)
    assert read(path)[1][0].cells == ("first",)
    assert read(path, worksheet="另一个")[1][0].cells == ("second",)
    with pytest.raises(MalformedError, match="no worksheet of that name"):
        read(path, worksheet="none")


def rewritten(path: Path, part: str, data: bytes) -> None:
    old = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, data if name == part else source.read(name))


SHEET = "xl/worksheets/sheet1.xml"
OPEN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSE = b"</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            OPEN + b'<row r="1"><c t="str"><v>' + b"x" * 10_000_000 + b"</v></c></row>" + CLOSE,
            "cell",
        ),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + OPEN + CLOSE, "damaged"),
        (b" " * 65_531 + b"<!DOCTYPE a>" + OPEN + CLOSE, "damaged"),
        (OPEN + b"<row", "damaged"),
        (OPEN + b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>' + CLOSE, "rows"),
        ((OPEN + CLOSE).decode().encode("utf-16"), "damaged"),
    ],
)
def test_a_workbook_made_to_harm_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "people.xlsx"
    workbook(path, HEADER)
    rewritten(path, SHEET, data)
    with pytest.raises(MalformedError, match=problem):
        read(path)


def test_a_part_that_inflates_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    workbook(path, HEADER)
    rewritten(path, "xl/styles.xml", b"<a/>" * 9_000_000)
    with pytest.raises(LimitExceededError, match="a part of over"):
        read(path)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls or has a password"),
        (b"PK\x03\x04 no archive", "not an .xlsx workbook"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
        (b"a,b;c\n", "not by two"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(data)
    with pytest.raises(MalformedError, match=problem) as caught:
        read(path)
    assert caught.value.where.startswith("people.xlsx")


@given(st.binary(max_size=300))
def test_any_bytes_are_lines_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "table"
    path.write_bytes(data)
    try:
        _, lines = read(path)
    except TrustcertError:
        return
    assert all(line.cells or line.problem for line in lines)
