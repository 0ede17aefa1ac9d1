from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from trustcert import qr
from trustcert.errors import MalformedError, SyncError, UnsupportedError

TEXTS = (
    "TC1:HELLO 45",
    "shc:/" + "0123456789" * 30,
    "NZCP:/1/2KCEVIQEIVVWK6JNGEASNICZAEP2KALYDZSGSZB2O5SWEOTOPJRXALTDN53GSZBRHEXGQZLBNR2GQLTO",
    "eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
    "张伟 古丽娜尔·阿不都热依木 𬭎𠅤䶮",
    "山田ぁ漢字",
    "naïve café ÿþ",
    "a\x00b\x1dc\r\n",
)


def _modules(image: Image.Image, scale: int, quiet_zone: int, size: int) -> bytes:
    inner = (quiet_zone * scale, quiet_zone * scale, *2 * ((quiet_zone + size) * scale,))
    small = image.convert("L").crop(inner).resize((size, size), Image.Resampling.NEAREST)
    return bytes(1 if level < 128 else 0 for level in small.tobytes())


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("level", qr.LEVELS)
def test_zxing_reads_back_what_is_written(text: str, level: str) -> None:
    image = Image.open(io.BytesIO(qr.png(text, error_correction=level)))
    (found,) = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)
    assert found.text == text
    assert found.ec_level == level


@pytest.mark.parametrize("text", TEXTS)
def test_zbar_reads_back_what_is_written(text: str) -> None:
    pyzbar = pytest.importorskip(
        "pyzbar.pyzbar", reason="libzbar is not installed", exc_type=ImportError
    )
    image = Image.open(io.BytesIO(qr.png(text)))
    (found,) = pyzbar.decode(image)
    assert found.data.decode() == text


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
def test_any_text_is_read_back(text: str) -> None:
    assert text in qr.scan(qr.png(text)).texts


@pytest.mark.parametrize("scale", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("quiet_zone", [0, 1, 4, 9])
def test_every_pixel_of_the_png_is_right(scale: int, quiet_zone: int) -> None:
    symbol = qr.matrix("TC1:PIXELS")
    image = Image.open(io.BytesIO(qr.png("TC1:PIXELS", scale=scale, quiet_zone=quiet_zone)))
    side = (symbol.size + 2 * quiet_zone) * scale
    assert (image.mode, image.size) == ("1", (side, side))
    assert _modules(image, scale, quiet_zone, symbol.size) == symbol.modules
    dark = image.convert("L").histogram()[0]
    assert dark == sum(symbol.modules) * scale * scale


def test_the_same_text_gives_the_same_bytes() -> None:
    assert qr.png("TC1:SAME") == qr.png("TC1:SAME")
    assert qr.svg("TC1:SAME") == qr.svg("TC1:SAME")


@pytest.mark.parametrize("quiet_zone", [0, 4])
def test_the_svg_path_covers_the_dark_modules(quiet_zone: int) -> None:
    symbol = qr.matrix("TC1:VECTOR")
    document = qr.svg("TC1:VECTOR", scale=7, quiet_zone=quiet_zone)
    side = symbol.size + 2 * quiet_zone
    assert f'width="{side * 7 * 25.4 / 300:.3f}mm"' in document
    assert f'viewBox="0 0 {side} {side}"' in document
    canvas = bytearray(side * side)
    for x, y, run, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", document):
        assert run == back
        start = int(y) * side + int(x)
        canvas[start : start + int(run)] = b"\1" * int(run)
    inner = b"".join(
        canvas[(row + quiet_zone) * side + quiet_zone :][: symbol.size]
        for row in range(symbol.size)
    )
    assert inner == symbol.modules
    assert sum(canvas) == sum(symbol.modules)


def _screen(lines: list[str], dark: str, light: str) -> Image.Image:
    """What half blocks look like: ``dark`` and ``light`` say which half of a block is dark."""
    upper = {block: index >> 1 for index, block in enumerate(dark)}
    lower = {block: index & 1 for index, block in enumerate(dark)}
    assert light == dark[::-1]
    rows = []
    for line in lines:
        rows.append(bytes(0 if upper[block] else 255 for block in line))
        rows.append(bytes(0 if lower[block] else 255 for block in line))
    image = Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))
    return image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)


@pytest.mark.parametrize("text", ["TC1:TERMINAL", "TC1:" + "TERMINAL" * 12])
def test_terminal_blocks_read_back_on_either_background(text: str) -> None:
    blocks = " ▄▀█"
    coloured = qr.terminal(text).split("\n")
    bare = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in coloured]
    assert all(line.startswith("\x1b[38;5;16;48;5;231m") for line in coloured)
    assert all(line.endswith("\x1b[0m") for line in coloured)
    assert qr.scan(_screen(bare, blocks, blocks[::-1])).texts == (text,)
    on_light = qr.terminal(text, colour=False, light_background=True).split("\n")
    assert on_light == bare
    on_dark = qr.terminal(text, colour=False).split("\n")
    assert "\x1b" not in "".join(on_dark)
    assert qr.scan(_screen(on_dark, blocks[::-1], blocks)).texts == (text,)


@pytest.mark.parametrize("name", ["code.png", "code.PNG"])
def test_a_saved_png_reads_back_and_tells_its_version(tmp_path: Path, name: str) -> None:
    symbol = qr.save("TC1:SAVED", tmp_path / name)
    assert symbol.version == 1
    assert qr.scan(tmp_path / name).texts == ("TC1:SAVED",)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_saved_svg_is_the_document(tmp_path: Path) -> None:
    qr.save("TC1:SAVED", tmp_path / "code.svg")
    assert (tmp_path / "code.svg").read_text(encoding="utf-8") == qr.svg("TC1:SAVED")


def test_saving_replaces_and_keeps_the_permissions_of_new_files(tmp_path: Path) -> None:
    target = tmp_path / "code.png"
    target.write_bytes(b"old")
    qr.save("TC1:NEW", target)
    assert target.read_bytes() == qr.png("TC1:NEW")
    plain = tmp_path / "plain"
    plain.touch()
    assert target.stat().st_mode == plain.stat().st_mode


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "code.png"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SyncError, match="No space left"):
        qr.save("TC1:NEW", target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_another_suffix_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError):
        qr.save("TC1:X", tmp_path / "code.gif")
    with pytest.raises(SyncError):
        qr.save("TC1:X", tmp_path / "nowhere" / "code.png")


@pytest.mark.parametrize(("scale", "quiet_zone"), [(0, 4), (101, 4), (4, -1), (4, 101)])
def test_sizes_that_no_code_has_are_refused(scale: int, quiet_zone: int) -> None:
    with pytest.raises(MalformedError):
        qr.png("TC1:X", scale=scale, quiet_zone=quiet_zone)
    with pytest.raises(MalformedError):
        qr.svg("TC1:X", scale=scale, quiet_zone=quiet_zone)


@pytest.mark.parametrize(("scale", "dots"), [(1, 100), (2, 200), (3, 300), (4, 300), (20, 300)])
def test_a_picture_says_how_large_its_modules_print(scale: int, dots: int) -> None:
    with Image.open(io.BytesIO(qr.png("TC1:A", scale=scale))) as picture:
        assert picture.info["dpi"] == pytest.approx((dots, dots), abs=0.02)
    assert scale / dots * 25.4 >= 0.25
    side = qr.matrix("TC1:A").size + 8
    assert f'height="{side * scale * 25.4 / dots:.3f}mm"' in qr.svg("TC1:A", scale=scale)
