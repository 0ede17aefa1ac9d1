from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import ISSUED

from trustcert.bulk import RefusedRow, Row, read_applications
from trustcert.errors import MalformedError
from trustcert.limits import CSV_LINE_CHARACTERS

HEADER = "type,name,colour,document_type,document_number"
GOOD = "health_proof,胡志君,green,citizen_id,11010519491231002X"


def read(tmp_path: Path, content: str | bytes, **defaults: str) -> list[Row | RefusedRow]:
    path = tmp_path / "batch.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = read_applications(path, issuer="CN-51", issued_at=ISSUED, defaults=defaults)
    return list(rows)


def refused(row: Row | RefusedRow) -> tuple[int, str, str]:
    assert isinstance(row, RefusedRow)
    assert str(row) == f"line {row.line}: {row.where}: {row.problem}"
    return row.line, row.where, row.problem


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "end"])
def test_rows_of_any_line_ends_with_and_without_a_byte_order_mark(
    tmp_path: Path, end: str, mark: str, last: str
) -> None:
    found = read(tmp_path, mark + end.join([HEADER, GOOD, GOOD]) + (end if last else ""))
    assert [row.line for row in found] == [2, 3]
    assert all(isinstance(row, Row) and row.claims.holder.name == "胡志君" for row in found)


def test_a_bad_row_loses_no_other(tmp_path: Path) -> None:
    bad = {
        3: (GOOD.replace("002X", "0021"), "document_number"),
        4: ("health_proof,胡志君,blue,,", "colour"),
        5: ("health_proof,,green,,", "name"),
        6: ("health_proof,胡志君,green", "row"),
        7: (GOOD + ",more", "row"),
        8: (",green,,,", "type"),
        9: ('health_proof,"胡志君,green,,', "row"),
        10: ('health_proof,"胡"志君,green,,', "row"),
        11: ("health_proof,\x07,green,,", "name"),
        12: ("health_proof," + "胡" * CSV_LINE_CHARACTERS + ",green,,", "row"),
        13: ("diploma,胡志君,green,,", "type"),
    }
    lines = [HEADER, GOOD, *(text for text, _ in bad.values()), GOOD]
    found = read(tmp_path, "\n".join(lines))
    assert [row.line for row in found] == [*range(2, 15)]
    good = [row.line for row in found if isinstance(row, Row)]
    assert good == [2, 14]
    for row in found[1:-1]:
        line, where, problem = refused(row)
        assert where == bad[line][1]
        assert "胡" not in problem
        assert "1949" not in problem


def test_a_stray_quote_ends_with_its_line(tmp_path: Path) -> None:
    rows = [HEADER, f'"{GOOD}', *[GOOD] * 20]
    found = read(tmp_path, "\n".join(rows))
    assert refused(found[0]) == (2, "row", "is not CSV: a quotation mark is open or misplaced")
    assert [isinstance(row, Row) for row in found[1:]] == [True] * 20


def test_bytes_that_are_of_no_encoding_refuse_the_file(tmp_path: Path) -> None:
    content = f"{HEADER}\n{GOOD}\n{GOOD}".encode() + b"\nhealth_proof,\xff\xfe,green,,\n"
    with pytest.raises(MalformedError, match="not UTF-8 or GB18030"):
        read(tmp_path, content + GOOD.encode())


def test_empty_cells_are_absent_and_empty_lines_are_no_rows(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER}\n\nhealth_proof,胡志君,green,,\n\n")
    (row,) = found
    assert isinstance(row, Row)
    assert (row.line, row.claims.holder.document_digest) == (3, None)


def test_quoted_cells_hold_commas_and_quotes(tmp_path: Path) -> None:
    (row,) = read(tmp_path, f'{HEADER}\nhealth_proof,"Hu, ""Zhi"" jun",green,,\n')
    assert isinstance(row, Row)
    assert row.claims.holder.name == 'Hu, "Zhi" jun'


def test_defaults_hold_unless_a_row_says_otherwise(tmp_path: Path) -> None:
    content = "name,colour\n胡志君,\n张三,red\n"
    found = read(tmp_path, content, type="health_proof", colour="green")
    colours = [row.claims.details.colour.value for row in found if isinstance(row, Row)]  # type: ignore[attr-defined]  # of this type
    assert colours == ["green", "red"]


def test_a_line_at_the_limit_is_read_and_one_past_it_is_not(tmp_path: Path) -> None:
    row = "health_proof,胡志君,green,"
    for size, problem in (
        (CSV_LINE_CHARACTERS - 1, "has over 400 characters"),
        (CSV_LINE_CHARACTERS, f"is of over {CSV_LINE_CHARACTERS} characters"),
        (9 * CSV_LINE_CHARACTERS, f"is of over {CSV_LINE_CHARACTERS} characters"),
    ):
        long = row + "x" * (size - len(row))
        found = read(tmp_path, f"type,name,colour,site\n{long}\n{row}\n")
        assert refused(found[0])[2] == problem
        assert isinstance(found[1], Row)
        assert found[1].line == 3


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "must name the columns"),
        ("\n", "must name the columns"),
        ('"type,name\n', "is not CSV"),
        ("type,nome,colour\n", "column 2, 'nome', is unknown"),
        ("type,name,colour,,x\n", "column 5, 'x', is unknown"),
        ("type,document_digest\n", "column 2 is unknown"),
        ("type,issuer\n", "column 2 is unknown"),
        ("type,name,type\n", "names the column type twice"),
        (GOOD, "column 1 is unknown"),
        ("x" * CSV_LINE_CHARACTERS + "\n", f"over {CSV_LINE_CHARACTERS} characters"),
    ],
)
def test_a_header_that_is_none_is_refused_at_once(
    tmp_path: Path, content: str, problem: str
) -> None:
    with pytest.raises(MalformedError, match=problem) as caught:
        read(tmp_path, content)
    assert caught.value.where.startswith("line 1")
    assert "胡" not in str(caught.value)


def test_rows_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_text("\n".join([HEADER, *[GOOD] * 3]), encoding="utf-8")
    rows = read_applications(path, issuer="CN-51", issued_at=ISSUED)
    assert next(rows).line == 2
    assert [row.line for row in rows] == [3, 4]
