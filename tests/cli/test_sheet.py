from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from trustcert import qr
from trustcert.encoding import json

from .conftest import EVENING, NOW, Call


def text_of(path: str) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def codes_of(path: str) -> set[str]:
    with pypdfium2.PdfDocument(path) as document:
        return {
            text
            for page in document
            for text in qr.scan(page.render(scale=150 / 72).to_pil()).texts
        }


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if "sheet" in path.name or path.suffix == ".pdf"}


def test_codes_become_a_sheet_with_masked_captions(trustcert: Call, issued: str) -> None:
    done = trustcert("sheet", "proof.txt", "-o", "sheet.pdf", "--title", "第17批", "--at", NOW)
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines() == [
        "no signature was verified: to print only valid codes, name keys with --trust",
        "sheet.pdf: pages: 1, codes: 1, refused: 0",
    ]
    shown = text_of("sheet.pdf")
    assert "古***木" in shown
    assert "至 2026-03-08 00:00" in shown
    assert "第17批" in shown
    assert "古丽娜尔" not in shown
    assert codes_of("sheet.pdf") == {issued}


def test_a_picture_and_stdin_and_the_lines_of_issue_are_read(trustcert: Call, issued: str) -> None:
    line = json.encode({"line": 2, "text": issued}).decode()
    done = trustcert(
        "sheet",
        "proof.png",
        "-",
        "-o",
        "sheet.pdf",
        "--at",
        NOW,
        stdin=f"\ufeff{issued}\n\n{line}\n",
    )
    assert done.code == 0, done.err
    assert "codes: 3" in done.err
    assert "1 · 1 – 2" in text_of("sheet.pdf").replace("  ", " ")


def test_a_bad_line_is_named_and_loses_no_other(
    trustcert: Call, issued: str, tmp_path: Path
) -> None:
    lines = [
        issued.encode(),
        b"garbage",
        b"\xff\xfe",
        b'{"text": 5}',
        b'{"te',
        b"TC1:XXXX",
        b'{"a":1}',
    ]
    (tmp_path / "many.txt").write_bytes(b"\n".join(lines))
    done = trustcert("sheet", "many.txt", "-o", "sheet.pdf", "--at", NOW)
    assert done.code == 1
    named = [line for line in done.err.splitlines() if line.startswith("trustcert: many.txt line")]
    assert [line.split()[3] for line in named] == ["2:", "3:", "4:", "5:", "6:", "7:"]
    assert "pages: 1, codes: 1, refused: 6" in done.err
    assert codes_of("sheet.pdf") == {issued}


def test_columns_are_captions(trustcert: Call, issued: str, tmp_path: Path) -> None:
    (tmp_path / "c.tsv").write_text(
        f"{issued}\t张三\t一号车间\n{issued}\ta\u202eb\n", encoding="utf-8"
    )
    done = trustcert("sheet", "c.tsv", "-o", "sheet.pdf", "--captions", "column", "--at", NOW)
    assert done.code == 1
    assert "c.tsv line 2: captions[0]: U+202E is not a character that can be printed" in done.err
    shown = text_of("sheet.pdf")
    assert "张三" in shown
    assert "一号车间" in shown


def test_one_document_a_page(trustcert: Call, issued: str) -> None:
    arguments = ("sheet", "proof.txt", "-o", "p.pdf", "--document", "--paper", "A5", "--at", NOW)
    done = trustcert(*arguments, "--purpose", "仅用于乘车", "--trust", "keys.json")
    assert (done.code, done.err) == (0, "p.pdf: pages: 1, codes: 1, refused: 0\n")
    shown = text_of("p.pdf")
    for part in ("健康证明 Health proof", "****002X", "仅用于乘车", "照片 Photo", "SHA-256"):
        assert part in shown
    assert codes_of("p.pdf") == {issued}
    with pypdfium2.PdfDocument("p.pdf") as document:
        assert document[0].get_size() == pytest.approx((419.5, 595.3), abs=0.1)


def test_only_valid_codes_are_printed_where_keys_are_named(
    trustcert: Call, issued: str, tmp_path: Path
) -> None:
    for trusted, at, said in (
        ("stranger.json", NOW, "indeterminate: key_unknown"),
        ("keys.json", "2027-01-01T00:00:00Z", "invalid: expired"),
    ):
        done = trustcert("sheet", "proof.txt", "-o", "s.pdf", "--trust", trusted, "--at", at)
        assert done.code == 4
        assert said in done.err
        assert "there is no code to print" in done.err
    assert left(tmp_path) == set()
    assert issued


def test_a_code_on_a_status_list_is_printed_before_any_list_is_published(
    trustcert: Call, issued: str
) -> None:
    assert issued
    assert trustcert("status", "create", "book.ledger", "--issuer", "CN-51").code == 0
    made = trustcert("issue", "claims.json", "--key", "issuing.pem", "--ledger", "book.ledger",
                     "--at", EVENING)  # fmt: skip
    assert made.code == 0, made.err
    done = trustcert(
        "sheet", "-", "-o", "s.pdf", "--trust", "keys.json", "--at", NOW, stdin=made.out
    )
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-o", "s.png"), 4, "saved as .pdf"),
        (("-o", "no/s.pdf"), 4, "no/s.pdf: there is no folder no"),
        (("-o", "s.pdf", "--grid", "30x40"), 4, "a square of 7.25 mm at least"),
        (
            ("-o", "s.pdf", "--grid", "12x16", "--caption-lines", "0", "--captions", "none"),
            4,
            "below 0.25 mm print",
        ),
        (("-o", "s.pdf", "--grid", "three"), 2, "must be two numbers, as 3x4"),
        (("-o", "s.pdf", "--grid", "2.5x3"), 4, "whole numbers"),
        (("-o", "s.pdf", "--grid", "infx3"), 4, "whole numbers"),
        (("-o", "s.pdf", "--label", "10x10"), 4, "a square of"),
        (("-o", "s.pdf", "--label", "5x5"), 4, "at least 10 by 10 mm"),
        (("-o", "s.pdf", "--label", "400x400"), 4, "no label of 400 by 400 mm fits"),
        (("-o", "s.pdf", "--label", "nanxnan"), 4, "at least 10 by 10 mm"),
        (("-o", "s.pdf", "--gap", "2x2"), 2, "--gap goes with --label"),
        (("-o", "s.pdf", "--purpose", "x"), 2, "--purpose goes with --document"),
        (("-o", "s.pdf", "--document", "--grid", "2x2"), 2, "one of --grid"),
        (("-o", "s.pdf", "--document", "--captions", "none"), 2, "leave --captions out"),
        (("-o", "s.pdf", "--paper", "B9"), 2, "one of A4, A5"),
        (("-o", "s.pdf", "--paper", "1x1"), 4, "width: not 20 to 1000"),
        (("-o", "s.pdf", "--module-min", "nan"), 4, "module_min: not 0.1 to 10"),
        (("-o", "s.pdf", "--font", "proof.txt"), 4, "the font cannot be read"),
        (("-o", "s.pdf", "--title", "长" * 200), 4, "title"),
        (("-o", "s.pdf", "--title", "a\u202eb"), 4, "U+202E"),
    ],
)
def test_mistakes_are_told_and_leave_nothing_behind(  # noqa: PLR0913, PLR0917 - a table
    trustcert: Call, issued: str, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = trustcert("sheet", "proof.txt", *arguments, "--at", NOW)
    assert done.code == code, done.err
    assert said in done.err
    assert issued
    assert left(tmp_path) == set()


def test_empty_input_prints_nothing_and_keeps_the_old_sheet(
    trustcert: Call, issued: str, tmp_path: Path
) -> None:
    assert issued
    Path("s.pdf").write_text("%PDF-1.7 old", encoding="ascii")
    done = trustcert("sheet", "-", "-o", "s.pdf", "--at", NOW, stdin="\n\n")
    assert (done.code, done.err) == (4, "trustcert: there is no code to print\n")
    assert (tmp_path / "s.pdf").read_text(encoding="ascii") == "%PDF-1.7 old"
