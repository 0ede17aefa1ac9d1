from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from trustcert import qr
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.qr import styled

TEXT = "TC1:" + "STYLED 42/" * 10


def test_a_styled_code_reads_and_has_its_colours() -> None:
    data = qr.styled_png(TEXT, dark=(0, 60, 120), light=(240, 250, 255))
    assert qr.scan(data).texts == (TEXT,)
    colours = Image.open(io.BytesIO(data)).getcolors(maxcolors=100_000)
    assert colours is not None
    most = sorted(colours, reverse=True)[:2]
    assert {colour for _, colour in most} == {(0, 60, 120), (240, 250, 255)}


@pytest.mark.parametrize("text", [TEXT, "张伟 𬭎", "shc:/" + "12" * 200])
def test_a_styled_square_code_is_the_plain_symbol(text: str) -> None:
    symbol = qr.matrix(text, error_correction="Q")
    data = qr.styled_png(text, rounded=False, scale=6)
    small = Image.open(io.BytesIO(data)).convert("L").reduce(6)
    inner = small.crop((4, 4, 4 + symbol.size, 4 + symbol.size)).tobytes()
    assert bytes(1 if level < 128 else 0 for level in inner) == symbol.modules


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_code_with_a_logo_reads(mode: str, tmp_path: Path) -> None:
    logo = Image.new(mode, (80, 80), "red" if mode != "L" else 128)
    logo.save(tmp_path / "logo.png")
    for given in (logo, tmp_path / "logo.png"):
        data = qr.styled_png(TEXT, error_correction="H", logo=given)
        assert qr.scan(data).texts == (TEXT,)
        middle = Image.open(io.BytesIO(data))
        assert middle.getpixel((middle.width // 2, middle.height // 2)) == (
            (255, 0, 0) if mode != "L" else (128, 128, 128)
        )


def test_what_readers_would_miss_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MalformedError, match="contrast"):
        qr.styled_png(TEXT, dark=(200, 200, 200))
    with pytest.raises(MalformedError, match="contrast"):
        qr.styled_png(TEXT, dark=(255, 255, 255), light=(0, 0, 0))
    with pytest.raises(MalformedError, match="needs H"):
        qr.styled_png(TEXT, logo=Image.new("L", (9, 9)))
    with pytest.raises(MalformedError, match="logo"):
        qr.styled_png(TEXT, error_correction="H", logo=tmp_path / "missing.png")
    with pytest.raises(LimitExceededError):
        qr.styled_png("A" * 5_000)
    blank = Image.new("RGB", (200, 200), "white")
    monkeypatch.setattr(styled, "_drawn", lambda *_, **__: blank)
    with pytest.raises(MalformedError, match="read back"):
        qr.styled_png(TEXT)
