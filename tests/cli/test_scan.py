from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from trustcert import qr
from trustcert.qr.scanner_test import TEST_TEXT

from .conftest import call

FIRST = "TC1:" + "FIRST CODE/" * 12
SECOND = "TC1:" + "SECOND ONE/" * 12


def _code(text: str, scale: int = 4) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(text, scale=scale))).convert("L")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_picture_that_cannot_be_read_does_not_end_the_run() -> None:
    Path("bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    _code(FIRST).save("good.png")
    result = call("scan", "bad.png", "good.png")
    assert (result.code, result.out) == (4, FIRST + "\n")
    assert result.err == "trustcert: bad.png: the picture is damaged\n"


def test_every_page_of_a_pdf_is_read() -> None:
    _code(FIRST).save("proof.pdf", save_all=True, append_images=[_code(SECOND)])
    result = call("scan", "proof.pdf")
    assert (result.code, result.out) == (0, f"{FIRST}\n{SECOND}\n")


def test_what_was_seen_and_not_read_is_said_and_is_no_success() -> None:
    page = Image.new("L", (800, 400), 255)
    page.paste(_code(FIRST), (20, 20))
    torn = _code(SECOND)
    torn.paste(255, (50, 50, 150, 150))
    page.paste(torn, (420, 20))
    page.save("page.png")
    result = call("scan", "page.png")
    assert (result.code, result.out) == (4, FIRST + "\n")
    assert "page.png: codes seen and not read: 1 (at pixel" in result.err
    assert "--all reads more" in result.err


def test_more_codes_than_the_limit_are_said_and_all_reads_them() -> None:
    texts = [f"TC1:CODE {number:02}" for number in range(20)]
    page = Image.new("L", (1000, 800), 255)
    for place, text in enumerate(texts):
        page.paste(_code(text), (place % 5 * 200, place // 5 * 200))
    page.save("page.png")
    result = call("scan", "page.png")
    assert (result.code, len(result.out.splitlines())) == (4, 16)
    assert "more codes than the limit of 16; --all reads more" in result.err
    everything = call("scan", "--all", "page.png")
    assert (everything.code, sorted(everything.out.splitlines())) == (0, texts)
    assert everything.err == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_file_gives_its_texts(encoding: str) -> None:
    Path("pasted.txt").write_bytes(f"{FIRST}\r\n\r\n{SECOND}\r\n".encode(encoding))
    assert call("scan", "pasted.txt").out == f"{FIRST}\n{SECOND}\n"


def test_a_drawing_is_refused_with_what_to_do() -> None:
    Path("code.svg").write_bytes(qr.svg(FIRST).encode())
    result = call("scan", "code.svg")
    assert (result.code, result.out) == (4, "")
    assert "an SVG drawing is not read: save it as PNG" in result.err


def test_a_page_without_a_code_says_what_to_do_next() -> None:
    Image.new("L", (300, 300), 255).save("white.png")
    result = call("scan", "white.png")
    assert result.code == 4
    assert "no code in this picture (" in result.err
    assert "take it again, closer, sharp and in even light" in result.err


def test_doctor_scanner_says_what_a_scanner_does() -> None:
    assert call("doctor", "scanner", "--code", "test.png").code == 0
    assert call("scan", "test.png").out == TEST_TEXT + "\n"
    exact = call("doctor", "scanner", stdin=TEST_TEXT + "\r\n")
    assert (exact.code, exact.out) == (0, "exact: the text came as it was sent\n")
    spaces = call("doctor", "scanner", "--json", stdin=TEST_TEXT.replace(" ", "") + "\n")
    assert spaces.code == 1
    assert '"undone": false' in spaces.out.replace('":', '": ')
    nothing = call("doctor", "scanner", stdin="\n")
    assert nothing.code == 4
    assert "nothing was typed" in nothing.err
