from __future__ import annotations

import string
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustcert import qr
from trustcert.errors import MalformedError, TrustcertError, UnsupportedError
from trustcert.qr import fonts
from trustcert.qr.fonts import Fonts, is_simple

NAMES = {
    "Tibetan": "བཀྲ་ཤིས་",
    "Arabic": "گۈلنار",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "Yi": "ꆈꌠꁱ",
}


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch) -> Fonts:
    """Only what the extra ``print`` brings: a machine without fonts of its own."""
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    return Fonts(fonts.system_fonts.__wrapped__())


def test_the_carried_font_has_rare_names(carried: Fonts) -> None:
    assert [face.path.name for face in carried.faces] == ["NotoSansSC-Regular.otf"]
    for name in ("胡𠅤𬭎", "䶮", "古丽娜尔·阿不都热依木", "Müller", "Иван", "张*三"):
        assert carried.of_text(name) == list(carried.faces)


@pytest.mark.parametrize("letter", ["\n", "\x00", "\u202e", "\u200b", "\ud800", "\ue863"])
def test_what_no_page_shows_is_refused_by_its_number(carried: Fonts, letter: str) -> None:
    with pytest.raises(MalformedError, match=rf"U\+{ord(letter):04X} is not"):
        carried.of_text(f"张{letter}三")


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        ("ཀ", "Tibetan character U\\+0F40: .*fonts-noto-core"),
        ("گ", "Arabic or Uyghur character U\\+06AF: .*fonts-noto-core"),
        ("ᠮ", "Mongolian .*fonts-noto-core"),
        ("ꆈ", "Yi .*fonts-noto-core"),
        ("\U0002ceaf", "rare Chinese .*fonts-hanazono"),
        ("𓀀", "character U\\+13000: name a font file"),
    ],
)
def test_a_character_that_no_font_has_names_the_package(
    carried: Fonts, letter: str, said: str
) -> None:
    with pytest.raises(UnsupportedError, match=said):
        carried.of(letter)


def test_without_any_font_the_extra_is_named() -> None:
    with pytest.raises(UnsupportedError, match=r"pip install 'trustcert\[print\]'"):
        Fonts([]).of("张")


def test_a_font_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    for name in ("bad.ttf", "bad.ttc", "missing.ttf"):
        if name != "missing.ttf":
            (tmp_path / name).write_bytes(b"no font")
        with pytest.raises(MalformedError) as caught:
            Fonts([tmp_path / name])
        assert caught.value.where == name


def test_latin_and_chinese_are_set_glyph_by_glyph_and_others_by_harfbuzz() -> None:
    assert is_simple(string.printable)
    assert is_simple("张*三 · 古丽娜尔，é Ω Ж — “x”")
    assert not is_simple("é".encode().decode() + "e\u0301")
    assert [is_simple(name) for name in NAMES.values()] == [False, False, False, True]


@pytest.mark.parametrize("script", NAMES)
def test_names_of_every_script_are_found_in_the_pdf(tmp_path: Path, script: str) -> None:
    name = NAMES[script]
    try:
        Fonts().of_text(name)
    except UnsupportedError:
        pytest.skip(f"no {script} font here (Debian: apt-get install fonts-noto-core)")
    path = tmp_path / "sheet.pdf"
    masked = f"{name} 张*三"
    qr.write_sheet([qr.SheetEntry(text="TC1:A", captions=(masked,))], path, at=0)
    with pypdfium2.PdfDocument(path) as document:
        found = document[0].get_textpage().get_text_range()
        names = {font.get_base_name() for font in _fonts_of(document)}
    assert "张*三" in found
    assert any(letter in found for letter in name)
    assert any(script in font for font in names)


def _fonts_of(document: pypdfium2.PdfDocument) -> list[pypdfium2.PdfFont]:
    texts = document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
    return [text.get_font() for text in texts]


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_caption_is_printed_or_refused(text: str) -> None:
    is_simple(text)
    try:
        faces = HERE.of_text(text)
    except TrustcertError:
        return
    assert set(faces) <= set(HERE.faces)


HERE = Fonts()
