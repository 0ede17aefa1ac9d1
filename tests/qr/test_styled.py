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


def test_what_red_light_does_not_show_is_refused_unless_told() -> None:
    for dark in ((200, 0, 0), (230, 60, 0)):
        with pytest.raises(MalformedError, match="red light") as caught:
            qr.styled_png(TEXT, dark=dark)
        assert caught.value.where == "dark"
    data = qr.styled_png(TEXT, dark=(200, 0, 0), red_light=False)
    assert qr.scan(data).texts == (TEXT,)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.02)


def test_a_logo_keeps_its_shape() -> None:
    wide = Image.new("RGB", (120, 40), (0, 0, 255))
    picture = Image.open(io.BytesIO(qr.styled_png(TEXT, error_correction="H", logo=wide)))
    blue = [(x, y) for x in range(picture.width) for y in range(picture.height)
            if picture.getpixel((x, y)) == (0, 0, 255)]  # fmt: skip
    width = max(x for x, _ in blue) - min(x for x, _ in blue) + 1
    height = max(y for _, y in blue) - min(y for _, y in blue) + 1
    assert width / height == pytest.approx(3, rel=0.1)
