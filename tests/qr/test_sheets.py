from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from trustcert import qr
from trustcert.errors import LimitExceededError, MalformedError, SyncError, UnsupportedError
from trustcert.qr import lettering
from trustcert.qr.lettering import Lettering, system_fonts
from trustcert.qr.pdf import write_pdf

SMALL = qr.Layout(columns=2, rows=2, dpi=150, width=105, height=148, margin=5, line=3)


@pytest.fixture
def entries(credential_text: Callable[[int], str]) -> list[qr.SheetEntry]:
    return [
        qr.SheetEntry(text=credential_text(200 + n), captions=(f"张*{n}", "510000", "2020-06-30"))
        for n in range(5)
    ]


def test_every_code_of_an_a4_page_reads(credential_text: Callable[[int], str]) -> None:
    texts = [credential_text(300 + n) for n in range(13)]
    pages = list(qr.sheet_pages(qr.SheetEntry(text=text, captions=("a", "b")) for text in texts))
    assert [page.size for page in pages] == [(2480, 3508)] * 2
    assert sorted(qr.scan(pages[0]).texts) == sorted(texts[:12])
    assert qr.scan(pages[1]).texts == (texts[12],)


def test_a_dense_page_reads_after_printing_and_photographing(
    credential_text: Callable[[int], str],
) -> None:
    layout = qr.Layout(columns=5, rows=7, line=3, caption_lines=2)
    texts = [credential_text(250 + n) for n in range(35)]
    (page,) = qr.sheet_pages([qr.SheetEntry(text=text) for text in texts], layout=layout)
    photo = page.convert("L").resize((1240, 1754), Image.Resampling.BICUBIC)
    found = qr.scan(photo, max_codes=40)
    assert sorted(found.texts) == sorted(texts)


def test_quiet_zones_stay_free(entries: list[qr.SheetEntry]) -> None:
    for page in qr.sheet_pages(entries, layout=SMALL):
        for code in qr.scan(page).codes:
            left, top = code.corners[0]
            right, bottom = code.corners[2]
            module = (right - left) / qr.matrix(code.text).size
            zone = int(3.5 * module)
            around = page.crop((left - zone, top - zone, right + zone, bottom + zone)).convert("L")
            blank = round(0.5 * module)
            ImageDraw.Draw(around).rectangle(
                (
                    zone - blank,
                    zone - blank,
                    around.width - zone + blank,
                    around.height - zone + blank,
                ),
                fill=255,
            )
            assert around.getextrema() == (255, 255)


def test_captions_stand_under_their_codes(entries: list[qr.SheetEntry]) -> None:
    bare = [qr.SheetEntry(text=entry.text) for entry in entries[:4]]
    (plain,) = qr.sheet_pages(bare, layout=SMALL)
    (lettered,) = qr.sheet_pages(entries[:4], layout=SMALL)
    difference = ImageChops.difference(plain.convert("L"), lettered.convert("L"))
    half = lettered.height // 2
    lowest_code = max(y for code in qr.scan(plain).codes for _, y in code.corners)
    box = difference.crop((0, half, difference.width, difference.height)).getbbox()
    assert box is not None
    assert half + box[1] > lowest_code
    assert box[3] - box[1] < 3.2 * SMALL.dots(SMALL.line)


def test_the_same_entries_give_the_same_file(tmp_path: Path, entries: list[qr.SheetEntry]) -> None:
    for name in ("a.pdf", "b.pdf"):
        assert qr.save_sheet(entries, tmp_path / name, layout=SMALL) == 2
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def _pdf_pages(data: bytes) -> Iterator[Image.Image]:
    """Read back what this package writes, by the cross-reference table."""
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", data)[0])
    table = data[start:].split(b"\n")
    assert table[0] == b"xref"
    places = [int(line[:10]) for line in table[3:] if line.endswith(b" n ")]
    for number, place in enumerate(places, 1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)
        body = data[place : data.index(b"\nendobj\n", place)]
        if b"/Subtype/Image" in body:
            width, height = (
                int(re.findall(rb"/%s (\d+)" % side, body)[0]) for side in (b"Width", b"Height")
            )
            stream = body[body.index(b"stream\n") + 7 : body.rindex(b"\nendstream")]
            assert len(stream) == int(re.findall(rb"/Length (\d+)", body)[0])
            yield Image.frombytes("1", (width, height), zlib.decompress(stream))


def test_a_pdf_holds_every_page(tmp_path: Path, entries: list[qr.SheetEntry]) -> None:
    path = tmp_path / "sheet.pdf"
    assert qr.save_sheet(entries, path, layout=SMALL) == 2
    data = path.read_bytes()
    assert data.startswith(b"%PDF-1.4\n")
    assert b"/Count 2/Kids[3 0 R 6 0 R]" in data
    assert b"/MediaBox[0 0 297.600 419.520]" in data  # 105 by 148 mm
    pages = list(_pdf_pages(data))
    wanted = list(qr.sheet_pages(entries, layout=SMALL))
    assert [page.tobytes() for page in pages] == [page.tobytes() for page in wanted]
    assert sorted(text for page in pages for text in qr.scan(page).texts) == sorted(
        entry.text for entry in entries
    )
    assert list(tmp_path.iterdir()) == [path]


def test_png_pages_are_numbered(tmp_path: Path, entries: list[qr.SheetEntry]) -> None:
    assert qr.save_sheet(entries, tmp_path / "sheet.png", layout=SMALL) == 2
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["sheet-001.png", "sheet-002.png"]
    with Image.open(tmp_path / names[0]) as page:
        assert page.mode == "1"
        assert page.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    assert qr.scan(tmp_path / names[1]).texts == (entries[4].text,)


def test_pages_are_made_one_by_one(credential_text: Callable[[int], str]) -> None:
    taken = 0

    def endless() -> Iterator[qr.SheetEntry]:
        nonlocal taken
        while True:
            taken += 1
            yield qr.SheetEntry(text=credential_text(100))

    pages = qr.sheet_pages(endless(), layout=SMALL)
    next(pages)
    next(pages)
    assert taken == 8


def test_a_bad_entry_names_its_place_and_leaves_no_file(
    tmp_path: Path, entries: list[qr.SheetEntry]
) -> None:
    entries[4] = qr.SheetEntry(text="")
    with pytest.raises(MalformedError) as caught:
        qr.save_sheet(entries, tmp_path / "sheet.pdf", layout=SMALL)
    assert caught.value.where == "entries[4]"
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_printed_is_refused(
    tmp_path: Path, credential_text: Callable[[int], str]
) -> None:
    with pytest.raises(MalformedError, match="without codes"):
        qr.save_sheet([], tmp_path / "sheet.pdf")
    with pytest.raises(UnsupportedError):
        qr.save_sheet([qr.SheetEntry(text="A")], tmp_path / "sheet.tiff")
    with pytest.raises(SyncError):
        qr.save_sheet([qr.SheetEntry(text="A")], tmp_path / "nowhere" / "sheet.pdf")
    with pytest.raises(LimitExceededError, match="fewer codes") as small:
        next(qr.sheet_pages([qr.SheetEntry(text=credential_text(2_000))], layout=SMALL))
    assert small.value.where == "entries[0].text"
    with pytest.raises(MalformedError) as lines:
        next(qr.sheet_pages([qr.SheetEntry(text="A", captions=("x",) * 4)], layout=SMALL))
    assert lines.value.where == "entries[0].captions"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": 0}, {"rows": 41}, {"dpi": 10}, {"width": 5000.0}, {"margin": 100.0},
        {"line": float("nan")}, {"caption_lines": -1}, {"error_correction": "X"},
    ],
)  # fmt: skip
def test_a_layout_that_no_page_has_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(MalformedError) as caught:
        qr.Layout(**wrong)  # type: ignore[arg-type]
    assert caught.value.where == next(iter(wrong))


def _drawn(letters: Lettering, text: str) -> Image.Image:
    canvas = Image.new("L", (900, 60), 255)
    letters.draw(ImageDraw.Draw(canvas), (5, 40), text)
    return canvas


@pytest.fixture
def latin() -> Path:
    found = [path for path in system_fonts() if path.name == "DejaVuSans.ttf"]
    if not found:
        pytest.skip("DejaVu Sans is not installed")
    return found[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u3ec3", "U+3EC3"),
        ("A\U0002cb4eB", "AU+2CB4EB"),
        ("\U00020164\ue863", "U+20164U+E863"),
        ("a\nb\x00", "aU+000AbU+0000"),
        ("a\u202eb\ud800", "aU+202EbU+D800"),
    ],
)
def test_a_character_that_no_font_has_is_shown_as_its_code_point(
    text: str, shown: str, latin: Path
) -> None:
    letters = Lettering([latin], 24)
    assert ImageChops.difference(_drawn(letters, text), _drawn(letters, shown)).getbbox() is None
    assert letters.width(text) == pytest.approx(letters.width(shown), abs=2)


def test_a_character_that_the_font_has_is_drawn(latin: Path) -> None:
    letters = Lettering([latin], 24)
    plain, named = _drawn(letters, "\u0416?"), _drawn(letters, "U+0416?")
    assert ImageChops.difference(plain, named).getbbox() is not None
    assert letters.width("\u0416") < letters.width("U+0416") / 2


def test_chinese_comes_from_the_font_that_has_it(latin: Path) -> None:
    chinese = [path for path in system_fonts() if path != latin]
    if not chinese:
        pytest.skip("no Chinese font is installed")
    both = Lettering([latin, chinese[0]], 24)
    assert both.width("张伟") == pytest.approx(48, abs=6)
    assert Lettering([latin], 24).width("张伟") > 100


def test_without_any_font_latin_is_drawn_and_the_rest_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lettering, "_FOLDERS", ())
    system_fonts.cache_clear()
    try:
        assert system_fonts() == ()
    finally:
        system_fonts.cache_clear()
    letters = Lettering([], 24)
    difference = ImageChops.difference(_drawn(letters, "Z张"), _drawn(letters, "ZU+5F20"))
    assert difference.getbbox() is None


def test_a_font_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttf"
    bad.write_bytes(b"no font")
    for path in (bad, tmp_path / "missing.ttf"):
        with pytest.raises(MalformedError) as caught:
            next(qr.sheet_pages([qr.SheetEntry(text="A")], fonts=[path]))
        assert caught.value.where == "font"


def test_a_long_caption_shrinks_and_then_is_cut(latin: Path) -> None:
    def ink(caption: str) -> tuple[int, int, int, int]:
        entry = qr.SheetEntry(text="TC1:A", captions=(caption,))
        (page,) = qr.sheet_pages([entry], layout=SMALL, fonts=[latin])
        (bare,) = qr.sheet_pages([qr.SheetEntry(text="TC1:A")], layout=SMALL, fonts=[latin])
        box = ImageChops.difference(page.convert("L"), bare.convert("L")).getbbox()
        assert box is not None
        return box

    cell = SMALL.dots((SMALL.width - 2 * SMALL.margin) / 2)
    short, longer, longest = ink("H" * 15), ink("H" * 26), ink("H" * 100_000)
    assert longer[3] - longer[1] < short[3] - short[1]
    for box in (short, longer, longest):
        assert box[2] - box[0] <= cell
        assert box[0] >= SMALL.dots(SMALL.margin)


def test_an_entry_does_not_show_its_words() -> None:
    assert "SECRET" not in repr(qr.SheetEntry(text="SECRET", captions=("SECRET",)))


def test_the_pdf_writer_counts_pages_and_bits() -> None:
    file = io.BytesIO()
    pages = [Image.new("1", (9, 3), 1), Image.new("1", (16, 2), 0)]
    assert write_pdf(pages, file, dpi=72) == 2
    read = list(_pdf_pages(file.getvalue()))
    assert [page.tobytes() for page in read] == [page.tobytes() for page in pages]


def test_a_failing_disk_is_reported(
    tmp_path: Path, entries: list[qr.SheetEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SyncError, match="No space"):
        qr.save_sheet(entries, tmp_path / "sheet.pdf", layout=SMALL)
    assert list(tmp_path.iterdir()) == []
