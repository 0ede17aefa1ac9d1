from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from msgspec.structs import replace
from PIL import Image, ImageDraw, ImageFilter

from trustcert import qr
from trustcert.errors import LimitExceededError, MalformedError, SyncError, UnsupportedError
from trustcert.qr import fonts, sheets

AT = 1_764_374_400
SMALL = qr.Layout(columns=2, rows=2, width=105, height=148, left=9, top=9, line=3)


@pytest.fixture(autouse=True)
def _only_the_carried_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Print as a machine without fonts of its own does: alike everywhere, and quicker."""
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    fonts.system_fonts.cache_clear()
    yield
    fonts.system_fonts.cache_clear()


@pytest.fixture
def entries(credential_text: Callable[[int], str]) -> list[qr.SheetEntry]:
    return [
        qr.SheetEntry(text=credential_text(200 + n), captions=(f"张*{n}", "510000", "2020-06-30"))
        for n in range(5)
    ]


def rendered(path: Path, dpi: int = 150) -> list[Image.Image]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]


def words(path: Path) -> list[list[str]]:
    """Return the lines of every page, as a search of the PDF finds them."""
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range().splitlines() for page in document]


def cells(page: Image.Image, layout: qr.Layout, dpi: int) -> Iterator[Image.Image]:
    width, height = layout.cell
    for row in range(layout.rows):
        for column in range(layout.columns):
            left = layout.left + column * (width + layout.gap_x)
            top = layout.top + row * (height + layout.gap_y)
            box = (left, top, left + width, top + height)
            yield page.crop(tuple(int(side * dpi / 25.4) for side in box))  # type: ignore[arg-type]


def test_every_code_of_an_a4_page_reads_at_150_dots_an_inch(
    tmp_path: Path, credential_text: Callable[[int], str]
) -> None:
    texts = [credential_text(300 + n) for n in range(13)]
    written = qr.write_sheet(
        (qr.SheetEntry(text=text, captions=("a", "b")) for text in texts),
        tmp_path / "sheet.pdf",
        at=AT,
    )
    assert (written.codes, written.pages, written.files) == (13, 2, [tmp_path / "sheet.pdf"])
    first, second = rendered(tmp_path / "sheet.pdf")
    assert first.size == (1241, 1754)
    assert [qr.scan(cell).texts for cell in cells(first, qr.A4, 150)] == [(t,) for t in texts[:12]]
    assert qr.scan(second).texts == (texts[12],)


@pytest.mark.parametrize(
    "layout", [qr.A4, qr.labels(63.5, 38.1, gap_x=2.5)], ids=["grid", "labels"]
)
def test_codes_read_after_ink_has_spread(
    tmp_path: Path, credential_text: Callable[[int], str], layout: qr.Layout
) -> None:
    texts = [credential_text(250 + n) for n in range(3)]
    qr.write_sheet([qr.SheetEntry(text=text) for text in texts], tmp_path / "s.pdf", at=AT,
                   layout=layout)  # fmt: skip
    (page,) = rendered(tmp_path / "s.pdf", dpi=300)
    for text, cell in zip(texts, cells(page, layout, 300), strict=False):
        spread = cell.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.GaussianBlur(1.5))
        photo = spread.rotate(3, fillcolor=255).point([int(60 + v * 0.6) for v in range(256)])
        assert qr.scan(photo).texts == (text,)


def test_quiet_zones_stay_free(tmp_path: Path, entries: list[qr.SheetEntry]) -> None:
    qr.write_sheet(entries, tmp_path / "sheet.pdf", at=AT, layout=SMALL)
    for page in rendered(tmp_path / "sheet.pdf", dpi=300):
        for cell in cells(page, SMALL, 300):
            for code in qr.scan(cell).codes:
                left, top = code.corners[0]
                right, bottom = code.corners[2]
                module = (right - left) / qr.matrix(code.text).size
                zone, blank = int(3.5 * module), round(0.5 * module)
                around = cell.crop((left - zone, top - zone, right + zone, bottom + zone))
                inner = (zone - blank, zone - blank, around.width - zone + blank,
                         around.height - zone + blank)  # fmt: skip
                ImageDraw.Draw(around).rectangle(inner, fill=255)
                assert around.getextrema() == (255, 255)


def test_a_page_bears_title_number_entries_and_captions(
    tmp_path: Path, entries: list[qr.SheetEntry]
) -> None:
    path = tmp_path / "sheet.pdf"
    qr.write_sheet(entries, path, at=AT, layout=SMALL, title="四川省 第17批")
    first, second = words(path)
    assert first[-1].replace(" ", "") == "四川省第17批1·1–4"
    assert second[-1].replace(" ", "") == "四川省第17批2·5"
    assert {"张*0", "张*3"} <= {word for line in first for word in line.split()}
    assert b"pdfaid:part" in path.read_bytes()


def test_serials_of_entries_stand_in_the_head(tmp_path: Path, entries: list[qr.SheetEntry]) -> None:
    named = [replace(entry, serial=f"A{n:03}") for n, entry in enumerate(entries, 7)]
    qr.write_sheet(named, tmp_path / "sheet.pdf", at=AT, layout=SMALL)
    assert [page[-1].replace(" ", "") for page in words(tmp_path / "sheet.pdf")] == [
        "1·A007–A010",
        "2·A011",
    ]


def test_captions_of_a_row_stand_at_one_height(
    tmp_path: Path, credential_text: Callable[[int], str]
) -> None:
    entries = [qr.SheetEntry(text=credential_text(n), captions=("X",)) for n in (40, 400)]
    qr.write_sheet(entries, tmp_path / "sheet.pdf", at=AT, layout=SMALL)
    with pypdfium2.PdfDocument(tmp_path / "sheet.pdf") as document:
        text = document[0].get_textpage()
        tops = [
            text.get_charbox(place)[3]
            for place in range(text.count_chars())
            if text.get_text_range(place, 1) == "X"
        ]
    assert len(tops) == 2
    assert tops[0] == pytest.approx(tops[1], abs=0.01)


def test_a_long_caption_is_set_smaller_then_on_two_lines_and_never_cut(
    tmp_path: Path,
) -> None:
    shown = {}
    for length in (10, 22, 45):
        caption = "字" * length
        entry = qr.SheetEntry(text="TC1:A", captions=(caption,))
        qr.write_sheet([entry], tmp_path / "sheet.pdf", at=AT)
        (page,) = words(tmp_path / "sheet.pdf")
        shown[length] = [line for line in page if "字" in line]
        assert "".join(shown[length]) == caption
    assert [len(lines) for lines in shown.values()] == [1, 1, 2]
    with pytest.raises(LimitExceededError) as caught:
        qr.write_sheet(
            [qr.SheetEntry(text="TC1:A", captions=("字" * 200,))], tmp_path / "b.pdf", at=AT
        )
    assert caught.value.where == "entries[0].captions[0]"
    with pytest.raises(LimitExceededError, match="wider than its place"):
        qr.write_sheet([qr.SheetEntry(text="A", captions=("W" * 99,))], tmp_path / "b.pdf", at=AT)
    assert not (tmp_path / "b.pdf").exists()


def test_a_refused_entry_leaves_nothing_on_the_sheet_and_the_next_goes_on(
    tmp_path: Path, entries: list[qr.SheetEntry]
) -> None:
    with qr.open_sheet(tmp_path / "sheet.pdf", at=AT, layout=SMALL) as sheet:
        for bad in (
            qr.SheetEntry(text=""),
            qr.SheetEntry(text="A", captions=("a\u202eb",)),
            qr.SheetEntry(text="A", captions=("1", "2", "3", "4")),
            qr.SheetEntry(text="A", serial="\ue863"),
        ):
            with pytest.raises(MalformedError):
                sheet.add(bad)
        for entry in entries:
            sheet.add(entry)
    assert (sheet.codes, sheet.pages) == (5, 2)
    first, _ = rendered(tmp_path / "sheet.pdf")
    found = [qr.scan(cell).texts for cell in cells(first, SMALL, 150)]
    assert found == [(entry.text,) for entry in entries[:4]]


def test_captions_are_checked_before_a_credential_is_signed(tmp_path: Path) -> None:
    with qr.open_sheet(tmp_path / "sheet.pdf", at=AT) as sheet:
        assert [text for text, _ in sheet.check_captions(("张*三", "b"))] == ["张*三", "b"]
        with pytest.raises(MalformedError, match=r"U\+0007"):
            sheet.check_captions(("a\x07",))
        sheet.add(qr.SheetEntry(text="TC1:A"))


def test_a_module_is_never_below_its_floor(
    tmp_path: Path, credential_text: Callable[[int], str]
) -> None:
    entry = qr.SheetEntry(text=credential_text(600))
    layout = qr.Layout(columns=9, rows=11, caption_lines=0)
    with pytest.raises(LimitExceededError, match=r"would be 0\.\d\d mm wide, and below 0\.25") as e:
        qr.write_sheet([entry], tmp_path / "sheet.pdf", at=AT, layout=layout)
    assert e.value.where == "entries[0].text"
    told = replace(layout, module_min=0.15)
    qr.write_sheet([entry], tmp_path / "sheet.pdf", at=AT, layout=told)
    (page,) = rendered(tmp_path / "sheet.pdf", dpi=600)
    assert qr.scan(page.crop((0, 0, 1200, 1200))).texts == (entry.text,)
    with pytest.raises(MalformedError, match=r"square of 7\.25 mm"):
        qr.Layout(columns=30, rows=40)


def test_labels_are_as_large_as_said_and_centred() -> None:
    layout = qr.labels(63.5, 38.1, gap_x=2.5)
    assert (layout.columns, layout.rows) == (3, 7)
    assert layout.cell == pytest.approx((63.5, 38.1))
    assert layout.left == pytest.approx(7.25)
    assert layout.top == pytest.approx(15.15)
    assert layout.beside
    assert not qr.A4.beside


@pytest.mark.parametrize("size", [(5, 20), (300, 20), (float("nan"), 20), (20, float("inf"))])
def test_a_label_that_fits_no_page_is_refused(size: tuple[float, float]) -> None:
    with pytest.raises(MalformedError) as caught:
        qr.labels(*size)
    assert caught.value.where == "label"


def test_a_document_shows_heading_fields_photo_and_notes(tmp_path: Path) -> None:
    entry = qr.SheetEntry(
        text="TC1:DOCUMENT",
        heading="健康证明 Health proof",
        fields=(("姓名 Name", "张*三"), ("地点 Site", "成都市" * 20)),
        notes=("扫描此码核验",),
        photo=True,
    )
    path = tmp_path / "proof.pdf"
    qr.write_sheet([entry, entry], path, at=AT, layout=qr.DOCUMENT)
    assert len(words(path)) == 2
    text = "".join(words(path)[0])
    for shown in ("健康证明 Health proof", "张*三", "照片 Photo", "扫描此码核验"):
        assert shown in text
    assert text.count("成都市") == 20
    assert qr.scan(rendered(path)[1]).texts == ("TC1:DOCUMENT",)
    with pytest.raises(LimitExceededError) as caught:
        qr.write_sheet([replace(entry, fields=entry.fields * 20)], path, at=AT, layout=qr.DOCUMENT)
    assert caught.value.where == "entries[0].fields"
    assert len(words(path)) == 2


def test_a_large_sheet_goes_on_in_further_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: list[qr.SheetEntry]
) -> None:
    monkeypatch.setattr(sheets, "CODES_A_FILE", 4)
    written = qr.write_sheet(entries, tmp_path / "sheet.pdf", at=AT, layout=SMALL)
    assert written.files == [tmp_path / "sheet.pdf", tmp_path / "sheet-2.pdf"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet-2.pdf", "sheet.pdf"]
    assert words(tmp_path / "sheet-2.pdf")[0][-1].replace(" ", "") == "2·5"


def test_entries_are_taken_one_by_one(tmp_path: Path) -> None:
    taken = 0

    def endless() -> Iterator[qr.SheetEntry]:
        nonlocal taken
        while True:
            taken += 1
            yield qr.SheetEntry(text="" if taken == 9 else "TC1:A")

    with pytest.raises(MalformedError) as caught:
        qr.write_sheet(endless(), tmp_path / "sheet.pdf", at=AT, layout=SMALL)
    assert (taken, caught.value.where) == (9, "entries[8]")


def test_what_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: list[qr.SheetEntry]
) -> None:
    target = tmp_path / "sheet.pdf"
    with pytest.raises(MalformedError, match="no code to print"):
        qr.write_sheet([], target, at=AT)
    with pytest.raises(UnsupportedError, match=r"\.pdf"):
        qr.write_sheet(entries, tmp_path / "sheet.tiff", at=AT)
    with pytest.raises(SyncError):
        qr.write_sheet(entries, tmp_path / "nowhere" / "sheet.pdf", at=AT)
    monkeypatch.setattr(sheets, "CODES_A_FILE", 4)
    with pytest.raises(MalformedError) as caught:
        qr.write_sheet([*entries, qr.SheetEntry(text="")], target, at=AT, layout=SMALL)
    assert caught.value.where == "entries[5]"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SyncError, match="No space"):
        qr.write_sheet(entries, target, at=AT, layout=SMALL)
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_that_fails_leaves_the_old_one(
    tmp_path: Path, entries: list[qr.SheetEntry]
) -> None:
    path = tmp_path / "sheet.pdf"
    qr.write_sheet(entries, path, at=AT, layout=SMALL)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(MalformedError):
        qr.write_sheet([*entries, qr.SheetEntry(text="")], path, at=AT, layout=SMALL)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": 0}, {"rows": 41}, {"width": 5000.0}, {"left": 100.0}, {"top": -1.0},
        {"line": float("nan")}, {"caption_lines": -1}, {"error_correction": "X"},
        {"module_min": 0.01}, {"gap_x": -1.0},
    ],
)  # fmt: skip
def test_a_layout_that_no_page_has_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(MalformedError) as caught:
        qr.Layout(**wrong)  # type: ignore[arg-type]
    assert caught.value.where == next(iter(wrong))


def test_an_entry_does_not_show_its_words() -> None:
    assert "SECRET" not in repr(qr.SheetEntry(text="SECRET", captions=("SECRET",)))


def test_without_the_libraries_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fpdf", None)
    with pytest.raises(UnsupportedError, match=r"trustcert\[print\]"):
        qr.write_sheet([qr.SheetEntry(text="A")], tmp_path / "a.pdf", at=AT)


def test_without_a_chinese_font_a_chinese_caption_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    monkeypatch.setattr(fonts, "find_spec", lambda _name: None)
    fonts.system_fonts.cache_clear()
    try:
        with pytest.raises(UnsupportedError, match=r"trustcert\[print\]"):
            qr.write_sheet([qr.SheetEntry(text="A", captions=("张",))], tmp_path / "a.pdf", at=AT)
    finally:
        fonts.system_fonts.cache_clear()
    assert list(tmp_path.iterdir()) == []
